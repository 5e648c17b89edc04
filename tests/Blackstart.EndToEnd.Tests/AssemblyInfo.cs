// Each class has a lab of its own; one lab at a time keeps the times of a two-core machine honest.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
