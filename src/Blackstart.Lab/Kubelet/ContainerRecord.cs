using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>The state of a pod's container as its status tells it.</summary>
internal sealed class ContainerRecord(JsonObject container)
{
    private const int Unknown = 255;

    public string Name => container.TextAt("name") ?? "";

    public int Restarts { get; set; }

    public bool Ready { get; set; }

    public string? Id { get; private set; }

    public JsonObject State { get; private set; } = Waiting("ContainerCreating", message: null);

    public JsonObject LastState { get; private set; } = [];

    /// <summary>Takes over what the status says of a container whose kubelet is gone: it ended, nobody knows how.</summary>
    public void Inherit(JsonObject status, string now)
    {
        Restarts = status["restartCount"]?.GetValue<int>() ?? 0;
        LastState = status["lastState"]?.DeepClone() as JsonObject ?? [];
        Id = status.TextAt("containerID");
        if (status.At("state", "running") is JsonObject running)
        {
            Restarts++;
            LastState = Terminated(Unknown, "Unknown", running.TextAt("startedAt") ?? now, now);
        }
        else if (status.At("state", "terminated") is JsonObject terminated)
        {
            Restarts++;
            LastState = new JsonObject { ["terminated"] = terminated.DeepClone() };
        }
        else if (status.At("lastState", "terminated") is not null)
        {
            Restarts++;
        }
    }

    public void Wait(string reason, string? message)
    {
        Ready = false;
        State = Waiting(reason, message);
    }

    public void Run(string id, string startedAt)
    {
        Ready = false;
        Id = id;
        State = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = startedAt } };
    }

    /// <summary>It ended; also becomes the last state of the run that follows.</summary>
    public void End(int exitCode, string? message, string startedAt, string finishedAt)
    {
        Ready = false;
        State = Terminated(exitCode, exitCode == 0 ? "Completed" : "Error", startedAt, finishedAt);
        if (message is not null)
        {
            State["terminated"]!["message"] = message;
        }

        LastState = (JsonObject)State.DeepClone();
    }

    /// <summary>For a container that is not to run a second time: how it ended, when it ran under an earlier kubelet; null when it never did.</summary>
    public int? Ended()
    {
        if (LastState["terminated"] is not JsonObject terminated)
        {
            return null;
        }

        Restarts = 0;
        Ready = false;
        State = (JsonObject)LastState.DeepClone();
        return terminated["exitCode"]?.GetValue<int>() ?? Unknown;
    }

    public JsonObject Describe()
    {
        var image = container.TextAt("image") ?? "";
        var status = new JsonObject
        {
            ["name"] = Name,
            ["image"] = image,
            ["imageID"] = image,
            ["ready"] = Ready,
            ["started"] = State["running"] is not null,
            ["restartCount"] = Restarts,
            ["state"] = State.DeepClone(),
            ["lastState"] = LastState.DeepClone(),
        };
        if (Id is not null)
        {
            status["containerID"] = Id;
        }

        return status;
    }

    private JsonObject Terminated(int exitCode, string reason, string startedAt, string finishedAt)
    {
        var terminated = new JsonObject
        {
            ["exitCode"] = exitCode,
            ["reason"] = reason,
            ["startedAt"] = startedAt,
            ["finishedAt"] = finishedAt,
        };
        if (Id is not null)
        {
            terminated["containerID"] = Id;
        }

        return new JsonObject { ["terminated"] = terminated };
    }

    private static JsonObject Waiting(string reason, string? message)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null)
        {
            waiting["message"] = message;
        }

        return new JsonObject { ["waiting"] = waiting };
    }
}
