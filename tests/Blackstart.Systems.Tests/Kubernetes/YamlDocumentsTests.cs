using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Tests.Kubernetes;

public sealed class YamlDocumentsTests
{
    [Fact]
    public void Scalars_get_the_types_that_kubernetes_gives_them()
    {
        var document = YamlDocuments.Parse(
            """
            text: plain
            quoted: "5"
            number: 5
            real: 1.5
            truth: true
            nothing:
            version: 1.2.3
            octal: 0644x
            list: [1, a, {b: c}]
            block: |
              line
            last: ~
            """)[0];

        document.ToJsonString().ShouldBe(
            """{"text":"plain","quoted":"5","number":5,"real":1.5,"truth":true,"nothing":null,"version":"1.2.3","octal":"0644x","list":[1,"a",{"b":"c"}],"block":"line\n","last":null}""");
    }

    [Fact]
    public void Empty_documents_are_left_out() =>
        YamlDocuments.Parse("---\n# nothing\n---\na: 1\n---\n---\nb: 2\n").Count.ShouldBe(2);
}
