using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.CustomResources;
using Blackstart.Lab.Kubernetes.Fields;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>Creates, changes and deletes objects under the rules of their kinds. Requests and controllers both come here.</summary>
internal sealed class ObjectService(ObjectStore store, KindRegistry kinds, RuleBook rules, TimeProvider clock)
{
    private const int MaxAttempts = 32;
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    public ObjectStore Store => store;

    public KindRegistry Kinds => kinds;

    public TimeProvider Clock => clock;

    public StoredObject? Find(ResourceKind kind, string? @namespace, string name) => store.Get(kind.Key(@namespace, name));

    public StoredObject Get(ResourceKind kind, string? @namespace, string name) =>
        Find(kind, @namespace, name) ?? throw Refusal.NotFound(kind, name);

    public IReadOnlyList<StoredObject> List(ResourceKind kind, string? @namespace = null) =>
        store.List(kind.Namespaced && @namespace is not null ? $"{kind.StoragePrefix}{@namespace}/" : kind.StoragePrefix).Objects;

    public static string RandomSuffix(int length = 5) => RandomNumberGenerator.GetString(NameLetters, length);

    /// <summary>Makes an object.</summary>
    public async Task<JsonObject> CreateAsync(ResourceKind kind, string? @namespace, JsonObject body, WriteOptions options, CancellationToken cancellationToken, bool applied = false)
    {
        var value = body.Copy();
        Decode(kind, value, options, patch: false);
        var metadata = value.Ensure("metadata");
        if (metadata.Text("namespace") is { Length: > 0 } own && own != (@namespace ?? string.Empty) && kind.Namespaced)
        {
            throw Refusal.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata.Assign("namespace", kind.Namespaced ? @namespace : null);
        if (string.IsNullOrEmpty(metadata.Text("name")) && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix + RandomSuffix();
        }

        if (metadata.Text("resourceVersion") is { Length: > 0 } and not "0")
        {
            throw Refusal.BadRequest("resourceVersion should not be set on objects to be created");
        }

        CheckNamespace(kind, @namespace, value.Name());
        if (kind.Custom is { Terminating: true })
        {
            throw Refusal.Forbidden(kind, value.Name(), "create not allowed while custom resource definition is terminating");
        }

        var managed = metadata["managedFields"]?.DeepClone();
        foreach (var name in (string[])["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"])
        {
            metadata.Remove(name);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Timestamps.Now(clock);
        metadata.Assign("generation", kind.HasGeneration ? 1 : null);
        value["apiVersion"] = kind.Custom?.StorageVersion ?? kind.ApiVersion;
        value["kind"] = kind.Kind;
        if (kind.HasStatus)
        {
            value.Remove("status");
        }

        var book = rules.Of(kind);
        book.Prepare(value, Timestamps.Now(clock));
        Admit(kind, value);
        Complete(kind, book, value, null, string.Empty);
        options.Warnings.AddRange(Naming.Warnings(value, null));
        if (applied)
        {
            metadata.Assign("managedFields", managed);
        }
        else
        {
            ManagedFields.Record(kind, null, value, Manager(options));
        }

        var key = kind.Key(@namespace, value.Name());
        if (store.Get(key) is { } existing)
        {
            throw Refusal.AlreadyExists(kind, value.Name(), existing.View.IsDeleting());
        }

        value = Ordered(value);
        if (options.DryRun)
        {
            return value;
        }

        var written = await store.PutAsync(key, StoredObject.ForEtcd(value), 0, cancellationToken).ConfigureAwait(false)
            ?? throw Refusal.AlreadyExists(kind, value.Name(), deleting: false);
        return written.Edit();
    }

    /// <summary>Changes an object: reads it, lets <paramref name="edit"/> make the next version of a copy, writes that, and starts over when somebody else was faster.</summary>
    public async Task<JsonObject> ModifyAsync(ResourceKind kind, string? @namespace, string name, WriteOptions options, Func<JsonObject, JsonObject> edit, CancellationToken cancellationToken, bool patch = true, bool applied = false)
    {
        var book = rules.Of(kind);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = Get(kind, @namespace, name);
            var before = current.View;
            var next = edit(current.Edit());
            Check(kind, @namespace, name, before, next);
            Decode(kind, next, options, patch);
            next = Restore(kind, before, next, options.Subresource, applied);
            Complete(kind, book, next, before, options.Subresource);
            options.Warnings.AddRange(Naming.Warnings(next, before).Where(text => !options.Warnings.Contains(text)));
            Count(kind, before, next);
            if (!applied)
            {
                ManagedFields.Record(kind, before, next, Manager(options));
            }

            next = Ordered(next);
            if (options.DryRun || JsonNode.DeepEquals(before, next))
            {
                return next;
            }

            if (MayGo(next))
            {
                if (await store.DeleteAsync(current.Key, current.Revision, cancellationToken).ConfigureAwait(false) is not null)
                {
                    return next;
                }

                continue;
            }

            if (await store.PutAsync(current.Key, StoredObject.ForEtcd(next), current.Revision, cancellationToken).ConfigureAwait(false) is { } written)
            {
                return written.Edit();
            }
        }

        throw Refusal.Conflict(kind, name);
    }

    /// <summary>Server-side apply.</summary>
    public async Task<(JsonObject Object, bool Created)> ApplyAsync(ResourceKind kind, string? @namespace, string name, JsonObject manifest, WriteOptions options, CancellationToken cancellationToken)
    {
        if (manifest.List("metadata", "managedFields") is { Count: > 0 })
        {
            throw Refusal.BadRequest("metadata.managedFields must be nil");
        }

        manifest.Ensure("metadata").Default("name", name);
        var manager = Manager(options);
        if (Find(kind, @namespace, name) is null)
        {
            if (options.Subresource.Length > 0)
            {
                throw Refusal.NotFound(kind, name);
            }

            if (manifest.Name() != name)
            {
                throw Refusal.BadRequest($"the name of the object ({manifest.Name()}) does not match the name on the URL ({name})");
            }

            Decode(kind, manifest, options, patch: false);
            var made = ManagedFields.Merge(kind, null, manifest, manager, options.Force);
            return (await CreateAsync(kind, @namespace, made, options, cancellationToken, applied: true).ConfigureAwait(false), true);
        }

        var changed = await ModifyAsync(
            kind,
            @namespace,
            name,
            options,
            live =>
            {
                var copy = manifest.Copy();
                Decode(kind, copy, options, patch: false);
                copy["apiVersion"] = live["apiVersion"]?.DeepClone();
                return ManagedFields.Merge(kind, live, copy, manager, options.Force);
            },
            cancellationToken,
            patch: false,
            applied: true).ConfigureAwait(false);
        return (changed, false);
    }

    /// <summary>Deletes an object, or marks it as going when something still holds it. Returns what is left of it, and whether it is gone.</summary>
    public async Task<(JsonObject Object, bool Gone)> DeleteAsync(ResourceKind kind, string? @namespace, string name, DeleteRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var current = Get(kind, @namespace, name);
            if (request.Uid is { } uid && uid != current.Uid)
            {
                throw Refusal.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
            }

            if (request.ResourceVersion is { } version && version != current.Revision.ToString(CultureInfo.InvariantCulture))
            {
                throw Refusal.Conflict(kind, name, $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {current.Revision}");
            }

            var next = current.Edit();
            Mark(kind, next, request);
            var gone = MayGo(next);
            if (request.DryRun || (!gone && JsonNode.DeepEquals(current.View, next)))
            {
                return (next, gone);
            }

            if (gone)
            {
                if (await store.DeleteAsync(current.Key, current.Revision, cancellationToken).ConfigureAwait(false) is not null)
                {
                    return (current.Edit(), true);
                }
            }
            else if (await store.PutAsync(current.Key, StoredObject.ForEtcd(next), current.Revision, cancellationToken).ConfigureAwait(false) is { } written)
            {
                return (written.Edit(), false);
            }
        }

        throw Refusal.Conflict(kind, name);
    }

    private static FieldManager ManagerOf(WriteOptions options, TimeProvider clock) => new(options.Manager, options.Subresource, Timestamps.Now(clock));

    private static bool MayGo(JsonObject value) =>
        value.IsDeleting()
        && !Finalizers.Any(value)
        && (value.Number("metadata", "deletionGracePeriodSeconds") ?? 0) == 0
        && !(value.Text("kind") == "Namespace" && value.Text("apiVersion") == "v1" && value.List("spec", "finalizers") is { Count: > 0 });

    // apiVersion, kind and metadata first, as everybody prints objects.
    private static JsonObject Ordered(JsonObject value)
    {
        var ordered = new JsonObject();
        foreach (var name in (string[])["apiVersion", "kind", "metadata"])
        {
            if (value[name] is { } member)
            {
                value.Remove(name);
                ordered[name] = member;
            }
        }

        foreach (var (name, member) in value.ToList())
        {
            value.Remove(name);
            ordered[name] = member;
        }

        return ordered;
    }

    private static void Check(ResourceKind kind, string? @namespace, string name, JsonObject before, JsonObject next)
    {
        if (next.Name() != name)
        {
            throw Refusal.BadRequest($"the name of the object ({next.Name()}) does not match the name on the URL ({name})");
        }

        if (kind.Namespaced && next.Namespace() is { Length: > 0 } own && own != @namespace)
        {
            throw Refusal.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if (next.Uid() is { Length: > 0 } uid && uid != before.Uid())
        {
            throw Refusal.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {before.Uid()}");
        }

        var version = next.Text("metadata", "resourceVersion");
        if (version is { Length: > 0 } and not "0" && version != before.Text("metadata", "resourceVersion"))
        {
            throw Refusal.Conflict(kind, name);
        }

        if (kind.Custom is not null && version is (null or "" or "0"))
        {
            throw Refusal.VersionRequired(kind, name);
        }
    }

    // What a client cannot change is put back: the server's own metadata, and the half of the object that the path is not about.
    private static JsonObject Restore(ResourceKind kind, JsonObject before, JsonObject next, string subresource, bool applied)
    {
        JsonObject result;
        switch (subresource)
        {
            case "status":
                result = before.Copy();
                result.Assign("status", next["status"]);
                if (applied)
                {
                    result.Ensure("metadata").Assign("managedFields", next.At("metadata", "managedFields"));
                }

                return result;
            case "finalize":
                result = before.Copy();
                result.Ensure("spec").Assign("finalizers", next.At("spec", "finalizers"));
                return result;
        }

        result = next;
        if (kind.HasStatus)
        {
            result.Assign("status", before["status"]);
        }

        if (kind is { Group: "", Plural: "namespaces" })
        {
            result.Ensure("spec").Assign("finalizers", before.At("spec", "finalizers"));
        }

        var metadata = result.Ensure("metadata");
        foreach (var name in (string[])["namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion", "generateName"])
        {
            metadata.Assign(name, before.At("metadata", name));
        }

        if (!applied)
        {
            metadata.Assign("managedFields", before.At("metadata", "managedFields"));
        }

        metadata.Remove("selfLink");
        result["apiVersion"] = before["apiVersion"]?.DeepClone();
        result["kind"] = before["kind"]?.DeepClone();
        return result;
    }

    private static void Count(ResourceKind kind, JsonObject before, JsonObject next)
    {
        if (!kind.HasGeneration)
        {
            return;
        }

        static JsonObject Counted(ResourceKind kind, JsonObject value)
        {
            var copy = value.Copy();
            copy.Remove("metadata");
            if (kind.HasStatus)
            {
                copy.Remove("status");
            }

            return copy;
        }

        if (!JsonNode.DeepEquals(Counted(kind, before), Counted(kind, next)))
        {
            next.Ensure("metadata")["generation"] = (before.Number("metadata", "generation") ?? 0) + 1;
        }
    }

    private static void Tidy(JsonObject value)
    {
        var metadata = value.Ensure("metadata");
        foreach (var name in (string[])["labels", "annotations", "finalizers", "ownerReferences"])
        {
            if (metadata[name] is JsonObject { Count: 0 } or JsonArray { Count: 0 } or null)
            {
                metadata.Remove(name);
            }
        }

        foreach (var (name, member) in metadata.ToList())
        {
            if (member is null)
            {
                metadata.Remove(name);
            }
        }
    }

    // Built-in kinds are typed in a real server: a null is the same as nothing.
    private static void DropNulls(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, member) in map.ToList())
                {
                    if (member is null)
                    {
                        map.Remove(name);
                    }
                    else
                    {
                        DropNulls(member);
                    }
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    DropNulls(item);
                }

                break;
        }
    }

    private FieldManager Manager(WriteOptions options) => ManagerOf(options, clock);

    private void Decode(ResourceKind kind, JsonObject value, WriteOptions options, bool patch)
    {
        var unknown = new List<string>();
        try
        {
            var asked = value.Text("apiVersion");
            if (value.Text("kind") is { } named && named != kind.Kind)
            {
                throw new DecodeException($"{named} does not match {kind.Kind}");
            }

            if (asked is not null && asked != kind.ApiVersion && asked != kind.Custom?.StorageVersion)
            {
                throw new DecodeException($"{asked} does not match {kind.ApiVersion}");
            }

            Naming.Decode(value);
            var book = rules.Of(kind);
            book.Decode(value);
            if (kind.Custom is { } custom)
            {
                SchemaPruning.Prune(value, custom.Schema.Value, unknown);
            }
            else
            {
                DropNulls(value);
                Drop(value, book.Fields, string.Empty, unknown);
            }

            Drop(value.Map("metadata"), Naming.MetadataFields, "metadata.", unknown);
        }
        catch (DecodeException problem)
        {
            throw patch
                ? Refusal.UnusablePatch($"{value.ToJsonString()}: {problem.Message}")
                : Refusal.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {problem.Message}");
        }

        if (unknown.Count == 0)
        {
            return;
        }

        unknown.Sort(StringComparer.Ordinal);
        if (options.FieldValidation == "Strict")
        {
            throw Refusal.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""))}");
        }

        if (options.FieldValidation == "Warn")
        {
            options.Warnings.AddRange(unknown.Select(field => $"unknown field \"{field}\"").Where(text => !options.Warnings.Contains(text)));
        }
    }

    private static void Drop(JsonObject? value, IReadOnlySet<string>? fields, string path, List<string> unknown)
    {
        foreach (var (name, _) in fields is null || value is null ? [] : value.ToList())
        {
            if (!fields!.Contains(name) && (path.Length > 0 || name is not ("apiVersion" or "kind" or "metadata")))
            {
                value!.Remove(name);
                unknown.Add(path + name);
            }
        }
    }

    private static void Complete(ResourceKind kind, KindRules book, JsonObject value, JsonObject? before, string subresource)
    {
        var causes = new List<Cause>();
        Tidy(value);
        Naming.Validate(kind, value, before, causes);
        if (kind.Custom is { } custom)
        {
            var schema = custom.Schema.Value;
            var metadata = value["metadata"]!.DeepClone();
            SchemaPruning.Default(value, schema);
            value["metadata"] = metadata;
            if (subresource == "status")
            {
                if (value["status"] is { } status && schema.Properties.TryGetValue("status", out var inner))
                {
                    SchemaValidation.Validate(status, inner, "status", string.Empty, causes);
                }
            }
            else
            {
                SchemaValidation.Validate(value, schema, string.Empty, string.Empty, causes);
            }

            if (causes.Count == 0 && subresource.Length == 0)
            {
                book.Validate(value, before, causes);
            }

            if (causes.Count > 0 && schema.HasRules)
            {
                causes.Add(new Cause("FieldValueInvalid", "<nil>", "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
            }
        }
        else if (subresource is not ("status" or "finalize"))
        {
            book.Default(value);
            book.Validate(value, before, causes);
        }

        if (causes.Count > 0)
        {
            throw Refusal.Invalid(kind, value.Name(), causes);
        }
    }

    private void CheckNamespace(ResourceKind kind, string? @namespace, string name)
    {
        if (!kind.Namespaced)
        {
            return;
        }

        var namespaces = kinds.BuiltIn(string.Empty, "namespaces");
        var home = Get(namespaces, null, @namespace ?? string.Empty);
        if (home.View.IsDeleting())
        {
            throw Refusal.Forbidden(
                kind,
                name,
                $"unable to create new content in namespace {@namespace} because it is being terminated",
                new Cause("NamespaceTerminating", "metadata.namespace", $"namespace {@namespace} is being terminated"));
        }
    }

    // What an admission plugin does in a real server: a claim without a class gets the default one.
    private void Admit(ResourceKind kind, JsonObject value)
    {
        if (kind is { Group: "", Plural: "persistentvolumeclaims" } && value.At("spec", "storageClassName") is null)
        {
            var classes = List(kinds.BuiltIn("storage.k8s.io", "storageclasses"));
            var fallback = classes.FirstOrDefault(item => item.View.Text("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true");
            if (fallback is not null)
            {
                value.Ensure("spec")["storageClassName"] = fallback.Name;
            }
        }
    }

    private void Mark(ResourceKind kind, JsonObject value, DeleteRequest request)
    {
        var metadata = value.Ensure("metadata");
        if (request.Propagation == "Foreground")
        {
            Finalizers.Remove(value, "orphan");
            Finalizers.Add(value, "foregroundDeletion");
        }
        else if (request.Propagation == "Orphan")
        {
            Finalizers.Remove(value, "foregroundDeletion");
            Finalizers.Add(value, "orphan");
        }

        long grace = 0;
        if (kind is { Group: "", Plural: "pods" } && value.Text("spec", "nodeName") is { Length: > 0 } && value.Text("status", "phase") is not ("Succeeded" or "Failed"))
        {
            grace = request.GraceSeconds ?? value.Number("spec", "terminationGracePeriodSeconds") ?? 30;
        }

        if (value.IsDeleting())
        {
            if (metadata.Number("deletionGracePeriodSeconds") > grace && (request.GraceSeconds is not null || grace == 0))
            {
                metadata["deletionGracePeriodSeconds"] = grace;
            }

            return;
        }

        if (kind is { Group: "apiextensions.k8s.io", Plural: "customresourcedefinitions" })
        {
            Finalizers.Add(value, DefinitionRules.Cleanup);
        }

        if (kind is { Group: "", Plural: "namespaces" })
        {
            value.Ensure("status")["phase"] = "Terminating";
        }

        metadata["deletionTimestamp"] = Timestamps.Of(clock.GetUtcNow().AddSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
        if (metadata.Number("generation") is { } generation)
        {
            metadata["generation"] = generation + 1;
        }
    }
}
