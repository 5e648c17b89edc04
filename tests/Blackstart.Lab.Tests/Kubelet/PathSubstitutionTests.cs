using Blackstart.Lab.Kubelet;

namespace Blackstart.Lab.Tests.Kubelet;

public sealed class PathSubstitutionTests
{
    private readonly PathSubstitution _places = new();

    public PathSubstitutionTests()
    {
        _places.Add("/data", "nbd+unix:///erp-data?socket=/s/erp-data.sock");
        _places.Add("/etc/erp", "/state/pods/1/volumes/db");
        _places.Add("/etc/erp/more", "/elsewhere");
    }

    [Theory]
    [InlineData("/data", "nbd+unix:///erp-data?socket=/s/erp-data.sock")]
    [InlineData("--volume=/data", "--volume=nbd+unix:///erp-data?socket=/s/erp-data.sock")]
    [InlineData("/etc/erp/username", "/state/pods/1/volumes/db/username")]
    [InlineData("/etc/erp/more/x", "/elsewhere/x")]
    [InlineData("/etc/erpnext", "/etc/erpnext")]
    [InlineData("/var/data", "/var/data")]
    [InlineData("/database", "/database")]
    public void Only_whole_paths_are_replaced(string inside, string real) => _places.Apply(inside).ShouldBe(real);
}
