using System.Text.Json.Nodes;
using Blackstart.Lab.Longhorn;

namespace Blackstart.Lab.Tests.Longhorn;

public sealed class AttachmentTicketTests
{
    private static readonly string[] Nodes = ["pi1", "pi2", "pi3"];

    [Fact]
    public void ATicketWhoseIdIsNotItsKeyOrWhoseNodeIsUnknownIsNeverSatisfied()
    {
        var tickets = AttachmentTicket.Read(Attachment(("a", "b", "longhorn-api", "pi1", null), ("c", "c", "longhorn-api", "pi9", null)), Nodes);
        AttachmentTicket.Choose(tickets, currentNode: null, currentFrontendDisabled: false).ShouldBeNull();
        tickets.Select(ticket => ticket.Judge("pi1", frontendDisabled: false)).ShouldAllBe(verdict => !verdict.Satisfied && verdict.Reason == "InvalidTicket");
    }

    [Theory]
    [InlineData("volume-restore-controller", "longhorn-api")]
    [InlineData("longhorn-api", "csi-attacher")]
    [InlineData("csi-attacher", "snapshot-controller")]
    public void TheHigherTicketDecides(string higher, string lower)
    {
        var tickets = AttachmentTicket.Read(Attachment(("a", "a", lower, "pi1", null), ("b", "b", higher, "pi2", null)), Nodes);
        AttachmentTicket.Choose(tickets, currentNode: "pi1", currentFrontendDisabled: false)!.Id.ShouldBe("b");
    }

    [Fact]
    public void AmongEqualsTheVolumeStaysWhereAndHowItIs()
    {
        var tickets = AttachmentTicket.Read(
            Attachment(("a", "a", "longhorn-api", "pi1", null), ("b", "b", "longhorn-api", "pi2", "true"), ("c", "c", "longhorn-api", "pi2", "false")),
            Nodes);
        AttachmentTicket.Choose(tickets, currentNode: null, currentFrontendDisabled: false)!.Id.ShouldBe("a");
        AttachmentTicket.Choose(tickets, "pi2", currentFrontendDisabled: true)!.Id.ShouldBe("b");
        AttachmentTicket.Choose(tickets, "pi2", currentFrontendDisabled: false)!.Id.ShouldBe("c");
    }

    [Fact]
    public void AMergePatchMakesOneStateOfAnother()
    {
        var before = (JsonObject)JsonNode.Parse("""{"a":1,"gone":{"x":1},"same":[1],"in":{"b":1,"c":2}}""")!;
        var after = (JsonObject)JsonNode.Parse("""{"a":2,"same":[1],"in":{"b":1,"d":{}},"new":{"e":1}}""")!;
        MergePatch.Between(before, after).ToJsonString().ShouldBe("""{"gone":null,"a":2,"in":{"c":null,"d":{}},"new":{"e":1}}""");
        MergePatch.Between(before, before).Count.ShouldBe(0);
    }

    private static JsonObject Attachment(params (string Key, string Id, string Type, string Node, string? Disable)[] tickets)
    {
        var map = new JsonObject();
        foreach (var (key, id, type, node, disable) in tickets)
        {
            map[key] = new JsonObject { ["id"] = id, ["type"] = type, ["nodeID"] = node };
            if (disable is not null)
            {
                map[key]!["parameters"] = new JsonObject { ["disableFrontend"] = disable };
            }
        }

        return new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = map } };
    }
}
