//! A home with a spool and a smart host that answers from a script, and the program's processes in it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;
use turbomail::smtp::script::{Journal, Server};

/// A test that has waited for so long has failed.
const LONG: Duration = Duration::from_secs(30);

pub(super) struct Bench {
    home: tempfile::TempDir,
    server: Server,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |octets| String::from_utf8(octets).expect("UTF-8");
        Self {
            status: output.status.code().expect("a status"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// The JSON objects that were printed.
    pub(super) fn objects(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("an object a line"))
            .collect()
    }
}

impl Bench {
    /// A home whose account `work` sends to a server like that of the debug transport, and tries again after an hour.
    pub(super) async fn new() -> Self {
        Self::with_retry("1h").await
    }

    pub(super) async fn with_retry(retry: &str) -> Self {
        Self::with(include_str!("../../assets/scripts/debug.toml"), retry).await
    }

    /// The same with a server that answers from this script.
    pub(super) async fn with(script: &str, retry: &str) -> Self {
        let server = Server::new(script.parse().expect("a script"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let serving = server.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                connections.spawn(async move { server.serve(stream).await });
            }
        });
        let home = tempfile::tempdir().expect("a folder");
        let config = home.path().join("config.toml");
        let text = format!(
            "default_account = \"work\"\n[account.work]\nfrom = \"me@here.example\"\nretry = \"{retry}\"\n\
             [account.work.smtp]\nserver = \"127.0.0.1:{port}\"\nsecurity = \"none\"\n"
        );
        std::fs::write(config, text).expect("written");
        Self { home, server, task }
    }

    /// Puts a file beside the configuration.
    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).expect("written");
    }

    /// Writes more settings at the configuration's end.
    pub(super) fn add_to_config(&self, text: &str) {
        let path = self.home.path().join("config.toml");
        let before = std::fs::read_to_string(&path).expect("read");
        std::fs::write(path, before + text).expect("written");
    }

    pub(super) fn journal(&self) -> &Journal {
        self.server.journal()
    }

    pub(super) fn spool(&self) -> PathBuf {
        self.home.path().join("spool")
    }

    /// The program with these arguments, on this spool.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        self.command_on(&self.spool(), arguments)
    }

    /// The program with these arguments, on another spool.
    pub(super) fn command_on(&self, spool: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_turbomail"));
        command
            .args(arguments)
            .args(["--config", "config.toml", "--spool"])
            .arg(spool)
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program on a disk that takes nothing more, as far as it can tell.
    pub(super) fn run_on_full_disk(&self, arguments: &[&str]) -> Ran {
        // With the signal ignored a write beyond the limit is an error like that of a full disk.
        let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
        self.run_under("sh", &["-c", script, "sh"], arguments)
            .expect("it runs")
    }

    /// Runs the program under strace, which may make system calls fail. Nothing where there is none and none is required.
    pub(super) fn run_traced(&self, flags: &[&str], arguments: &[&str]) -> Option<Ran> {
        let flags = [&["-f", "-qq"], flags].concat();
        match self.run_under("strace", &flags, arguments) {
            Ok(ran) => Some(ran),
            Err(error) => {
                let free = std::env::var_os("REAL_SERVERS").is_none();
                assert!(free, "strace is required here: {error}");
                eprintln!("skipped: strace: {error}");
                None
            }
        }
    }

    fn run_under(&self, outer: &str, flags: &[&str], arguments: &[&str]) -> std::io::Result<Ran> {
        let program = self.command(arguments);
        let mut command = Command::new(outer);
        command
            .args(flags)
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command.output().map(Ran::of)
    }

    /// Adds lines to the configuration.
    pub(super) fn configure(&self, lines: &str) {
        let path = self.home.path().join("config.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, text + lines).expect("written");
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("it runs"))
    }

    /// As [`run`](Self::run), and it has to go well.
    pub(super) fn well(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:#?}");
        ran
    }

    /// Puts a message into the spool and returns its identity.
    pub(super) fn put(&self, to: &str, subject: &str) -> String {
        let sent = self.well(&[
            "send",
            "--queue-only",
            "--json",
            "--subject",
            subject,
            "--body",
            "x",
            to,
        ]);
        let object = sent.objects().remove(0);
        assert_eq!(object["status"], "queued", "{object:#}");
        object["id"].as_str().expect("an identity").to_owned()
    }

    /// The messages, with more flags for `queue list`.
    pub(super) fn list(&self, flags: &[&str]) -> Vec<Value> {
        let arguments = [&["queue", "list", "--json"], flags].concat();
        self.well(&arguments).objects()
    }

    /// The state of a message.
    pub(super) fn state(&self, id: &str) -> String {
        let shown = self.well(&["queue", "show", "--json", id]).objects();
        shown[0]["state"].as_str().expect("a state").to_owned()
    }

    /// Starts a process that delivers, and waits until it does.
    pub(super) fn start(&self, flags: &[&str]) -> Process {
        let arguments = [&["queue", "run"], flags].concat();
        let mut process = Process::start(self.command(&arguments));
        process.wait_for(|line| line.contains("delivers from"));
        process
    }

    /// Runs commands at the same time.
    pub(super) fn at_once(&self, commands: &[Vec<&str>]) -> Vec<Ran> {
        let children: Vec<Child> = commands
            .iter()
            .map(|arguments| self.command(arguments).spawn().expect("started"))
            .collect();
        children
            .into_iter()
            .map(|child| Ran::of(child.wait_with_output().expect("it ends")))
            .collect()
    }
}

/// A process that is killed with the test.
pub(super) struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended, and then both fail.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts it; what it says on either stream can be waited for.
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("started");
        let (sender, lines) = channel();
        let out = child.stdout.take().expect("a pipe");
        let err = child.stderr.take().expect("a pipe");
        let streams: [Box<dyn std::io::Read + Send>; 2] = [Box::new(out), Box::new(err)];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // The test may be over.
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line.
    pub(super) fn wait_for(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + LONG;
        let mut seen = Vec::new();
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            if is_it(&line) {
                return line;
            }
            seen.push(line);
        }
        panic!("it never said it: {seen:#?}");
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).expect("a number");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process");
        rustix::process::kill_process(pid, signal).expect("it is there");
    }

    /// Waits for its end; returns its status, where it was not killed.
    pub(super) fn end(&mut self) -> Option<i32> {
        let end = Instant::now() + LONG;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it never ended");
    }
}

/// Waits until something is as wanted.
pub(super) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} never came about");
}
