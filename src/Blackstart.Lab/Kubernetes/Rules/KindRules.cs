using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>What the server adds to and asks of objects of a built-in kind.</summary>
internal abstract class KindRules
{
    /// <summary>Members that an object of this kind may have at its top; null when they are not checked.</summary>
    public virtual IReadOnlySet<string>? Fields => null;

    /// <summary>Checks the types of values.</summary>
    /// <exception cref="DecodeException">One does not fit.</exception>
    public virtual void Decode(JsonObject value)
    {
    }

    /// <summary>Writes in what a new object gets.</summary>
    public virtual void Prepare(JsonObject value, string now)
    {
    }

    /// <summary>Writes in what any version has.</summary>
    public virtual void Default(JsonObject value)
    {
    }

    /// <summary>Finds what is wrong. <paramref name="before"/> is null for a new object.</summary>
    public virtual void Validate(JsonObject value, JsonObject? before, List<Cause> causes)
    {
    }

    protected static void Immutable(JsonObject value, JsonObject before, string field, string message, List<Cause> causes)
    {
        if (!JsonNode.DeepEquals(value[field], before[field]))
        {
            causes.Add(Cause.Forbidden(field, message));
        }
    }
}
