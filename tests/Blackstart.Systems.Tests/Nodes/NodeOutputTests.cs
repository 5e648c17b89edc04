using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Tests.Nodes;

/// <summary>What a command on a node printed, also where a pod's log mixes its two streams.</summary>
public sealed class NodeOutputTests
{
    [Theory]
    [InlineData("{\n  \"schemaVersion\": 1,\n  \"a\": { \"b\": [\n{ \"c\": 1 }\n] }\n}\n")]
    [InlineData("{\"schemaVersion\":1,\"a\":{\"b\":[{\"c\":1}]}}")]
    [InlineData("{\"done\":1,\"size\":2,\"data\":1}\nwarning: x\n{\n  \"schemaVersion\": 1,\n  \"a\": { \"b\": [ { \"c\": 1 } ] }\n}\n{\"done\":2,\"size\":2,\"data\":1}\nbye\n")]
    public void The_document_is_found_wherever_it_stands(string output) =>
        NodeOutput.Document(output)!["a"]!["b"]![0]!["c"]!.GetValue<int>().ShouldBe(1);

    [Theory]
    [InlineData("")]
    [InlineData("error BS5001: x\n  cause: y\n")]
    [InlineData("{\"done\":1,\"size\":2,\"data\":1}\n")]
    [InlineData("{\n  \"schemaVersion\": 1,\n  \"a\": {")]
    public void What_is_no_whole_document_is_none(string output) => NodeOutput.Document(output).ShouldBeNull();

    [Fact]
    public void Progress_is_read_from_its_lines_and_from_nothing_else()
    {
        NodeOutput.Progress("{\"done\":5,\"size\":10,\"data\":3}").ShouldBe(new Core.Planning.StepProgress(5, 10));
        NodeOutput.Progress("{\"done\":\"x\"}").ShouldBeNull();
        NodeOutput.Progress("copying").ShouldBeNull();
    }
}
