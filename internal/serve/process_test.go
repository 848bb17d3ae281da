package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Nobody asked: the process writes nothing at all, and no line is built to be dropped.
func TestProcessIsSilentUnlessLogsAreWanted(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"", "TF_LOG=OFF TF_LOG_PROVIDER=off", "TF_LOG_PATH=/nowhere/terraform.log"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			logs, builds := logsOf(t, "this package", strings.Fields(environment)...)
			if logs != "" {
				t.Errorf("the process writes:\n%s", logs)
			}
			if builds {
				t.Error("the libraries build lines that nobody reads")
			}
		})
	}
}

// Somebody asked: the process logs what the framework's own way of serving logs, line for line.
func TestProcessLogsAsBeforeWhenLogsAreWanted(t *testing.T) {
	t.Parallel()
	const protocol, framework, provider = `"@module":"sdk.proto"`, `"@module":"sdk.framework"`, `"@message":"the probe has run"`
	for _, c := range []struct {
		environment string
		want, lack  []string
	}{
		{"TF_LOG=trace", []string{protocol, framework, provider}, nil},
		{"TF_LOG_CORE=trace", []string{protocol, framework, provider}, nil},
		{"TF_LOG_PROVIDER=trace", []string{protocol, framework, provider}, nil},
		{"TF_LOG=info TF_LOG_PROVIDER_MINT=warn", []string{protocol, framework}, []string{provider}},
		{"TF_LOG=OFF TF_LOG_SDK_PROTO=trace TF_LOG_SDK_FRAMEWORK=off", []string{protocol, provider}, []string{framework}},
	} {
		t.Run(c.environment, func(t *testing.T) {
			t.Parallel()
			environment := strings.Fields(c.environment)
			before, _ := logsOf(t, "the framework", environment...)
			logs, _ := logsOf(t, "this package", environment...)
			for _, line := range c.want {
				if !strings.Contains(logs, line) {
					t.Errorf("the logs lack %s", line)
				}
			}
			for _, line := range c.lack {
				if strings.Contains(logs, line) {
					t.Errorf("the logs have %s", line)
				}
			}
			if diff := cmp.Diff(lines(t, before), lines(t, logs)); diff != "" {
				t.Errorf("the logs differ from those of the framework (-) in this (+):\n%s", diff)
			}
		})
	}
}

// A debugged process logs to the terminal that it was started from, and is found through what it prints.
func TestDebuggedProcessLogsAndCanBeAttachedTo(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	var logs bytes.Buffer
	process := command("this package, debugged")
	process.Stderr = &logs
	printed, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = process.Start(); err != nil {
		t.Fatal(err)
	}
	callProbe(t, &plugin.ClientConfig{Reattach: attachment(t, printed.(*os.File))}) //nolint:forcetypeassert // as exec documents
	if err = errors.Join(process.Process.Signal(os.Interrupt), process.Wait()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(logs.String(), "the probe has run") {
		t.Errorf("the logs of the provider are missing in:\n%s", logs.String())
	}
}

// attachment reads what a debugged process prints for TF_REATTACH_PROVIDERS.
func attachment(t *testing.T, printed *os.File) *plugin.ReattachConfig {
	t.Helper()
	for output := bufio.NewScanner(printed); output.Scan(); {
		_, value, found := strings.Cut(output.Text(), "TF_REATTACH_PROVIDERS='")
		if !found {
			continue
		}
		var providers map[string]struct {
			Protocol             string
			ProtocolVersion, Pid int
			Addr                 struct{ Network, String string }
		}
		if err := json.Unmarshal([]byte(strings.TrimSuffix(value, "'")), &providers); err != nil {
			t.Fatal(err)
		}
		p := providers[address]
		return &plugin.ReattachConfig{
			Protocol: plugin.Protocol(p.Protocol), ProtocolVersion: p.ProtocolVersion, Pid: p.Pid, Test: true,
			Addr: &net.UnixAddr{Net: p.Addr.Network, Name: p.Addr.String},
		}
	}
	t.Fatal("the process does not print how to attach to it")
	return nil
}

// logsOf starts a provider process as Terraform does and calls its function. It returns what the process wrote, and whether the
// libraries did any work for lines of theirs.
func logsOf(t *testing.T, server string, environment ...string) (logs string, builds bool) {
	t.Helper()
	var written bytes.Buffer
	builds = callProbe(t, &plugin.ClientConfig{Cmd: command(server, environment...), SkipHostEnv: true, Stderr: &written, AutoMTLS: true})
	return written.String(), builds
}

// command is this program as a provider process, in an environment that asks for no more logs than is given.
func command(server string, environment ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "TF_") })
	cmd.Env = append(append(cmd.Env, servedBy+"="+server), environment...)
	return cmd
}

// connection is the plugin of a client that wants no more than to be connected.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return errors.ErrUnsupported }

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// callProbe plans, calls the function "probe" of a process, and returns the function's answer. It ends a process that it has started itself.
func callProbe(t *testing.T, config *plugin.ClientConfig) bool {
	t.Helper()
	config.HandshakeConfig = plugin.HandshakeConfig{
		ProtocolVersion: 6, MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE",
		MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
	}
	config.Plugins = plugin.PluginSet{"provider": connection{}}
	config.AllowedProtocols = []plugin.Protocol{plugin.ProtocolGRPC}
	config.Logger = hclog.NewNullLogger()
	client := plugin.NewClient(config)
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	provider, err := protocol.Dispense("provider")
	if err != nil {
		t.Fatal(err)
	}
	conn, ok := provider.(*grpc.ClientConn)
	if !ok {
		t.Fatalf("got a %T", provider)
	}
	// A plan without content, which the probe answers without the framework if it is asked.
	if err = conn.Invoke(t.Context(), "/tfplugin6.Provider/PlanResourceChange", &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	// The messages of the protocol are internal to its library. On the wire the name is field 1, and so are the result and,
	// in it, the value, which MessagePack writes as one byte.
	var request, response emptypb.Empty
	request.ProtoReflect().SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "probe"))
	if err = conn.Invoke(t.Context(), "/tfplugin6.Provider/CallFunction", &request, &response); err != nil {
		t.Fatal(err)
	}
	const yes, no = "\x0a\x03\x0a\x01\xc3", "\x0a\x03\x0a\x01\xc2"
	switch answer := string(response.ProtoReflect().GetUnknown()); answer {
	case yes, no:
		return answer == yes
	default:
		t.Fatalf("the function failed: %q", answer)
		return false
	}
}

// lines are the lines of a log without what differs from run to run.
func lines(t *testing.T, logs string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(logs) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for _, name := range []string{"@timestamp", "tf_req_id", "tf_req_duration_ms", "address", "timestamp"} {
			delete(fields, name)
		}
		all = append(all, fields)
	}
	return all
}
