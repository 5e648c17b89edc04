# The usual ways in. Everything is built into artifacts/.

export MSBUILDDISABLENODEREUSE := 1
export DOTNET_CLI_USE_MSBUILD_SERVER := 0
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: help rehearse test build publish format bench fuzz clean prerequisites

help:
	@echo "make rehearse   start the lab, cut its power, bring it back; leaves the lab running"
	@echo "make test       run every test"
	@echo "make build      build everything, warnings are errors"
	@echo "make publish    put the program into artifacts/publish, to copy to nodes"
	@echo "make format     lay the code out as .editorconfig says"
	@echo "make bench      run the benchmarks"
	@echo "make fuzz       damage small replicas at random for two minutes, and open them"
	@echo "make clean      remove everything built"

prerequisites:
	@scripts/prerequisites

# The drill's own exit code counts, but how to look around is worth saying either way.
rehearse: prerequisites
	@./blackstart lab up
	@./blackstart drill run power-cut; status=$$?; scripts/look-around; exit $$status

test: prerequisites build
	@scripts/test

build:
	@dotnet build Blackstart.slnx --configuration Release --nologo --verbosity quiet -p:UseSharedCompilation=false

publish:
	@dotnet publish src/Blackstart.Cli --configuration Release --output artifacts/publish --nologo --verbosity quiet

format:
	@dotnet format Blackstart.slnx --verbosity minimal

bench: prerequisites
	@scripts/bench

fuzz:
	@dotnet build bench/Blackstart.Fuzz --configuration Release --nologo --verbosity quiet -p:UseSharedCompilation=false
	@artifacts/bin/Blackstart.Fuzz/release/Blackstart.Fuzz $(FUZZ)

# The lab keeps its state elsewhere: ./blackstart lab down and ./blackstart lab reset.
clean:
	@rm -rf artifacts
