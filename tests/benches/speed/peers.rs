//! The peers: other clients with the same load in the same run. Those that are not installed are left out, and said to be.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::{SmtpTransport, Transport};

use super::ours::{Load, message};

const SMTPLIB: &str = r#"
import smtplib, sys, time
port, n, recipients = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
content = sys.stdin.buffer.read()
to = ["you%d@example.test" % i for i in range(recipients)]
begun = time.monotonic()
server = smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")
for _ in range(n):
    server.sendmail("me@example.test", to, content)
server.quit()
print(time.monotonic() - begun)
"#;

const NODEMAILER: &str = r"
const nodemailer = require('nodemailer');
const [port, n] = process.argv.slice(1).map(Number);
const raw = require('fs').readFileSync(0);
(async () => {
  const begun = process.hrtime.bigint();
  const pool = nodemailer.createTransport({ host: '127.0.0.1', port, pool: true, maxConnections: 1, maxMessages: Infinity,
    secure: false, ignoreTLS: true, name: 'bench.example' });
  const envelope = { from: 'me@example.test', to: ['you0@example.test'] };
  await Promise.all(Array.from({ length: n }, () => pool.sendMail({ envelope, raw })));
  pool.close();
  console.log(Number(process.hrtime.bigint() - begun) / 1e9);
})();
";

/// What a child that prints seconds printed.
fn seconds(command: &mut Command, load: &Load) -> Option<Duration> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    std::io::Write::write_all(&mut input, message(load).octets()).ok()?;
    drop(input);
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().parse().ok().map(Duration::from_secs_f64)
}

/// Python's smtplib, one connection.
pub(crate) fn smtplib(port: u16, load: &Load) -> Option<Duration> {
    let mut command = Command::new("python3");
    command
        .args(["-c", SMTPLIB])
        .arg(port.to_string())
        .arg(load.messages.to_string())
        .arg(load.recipients.to_string());
    seconds(&mut command, load)
}

/// nodemailer's pool, one connection.
pub(crate) fn nodemailer(port: u16, load: &Load) -> Option<Duration> {
    let mut command = Command::new("node");
    command
        .args(["-e", NODEMAILER])
        .arg(port.to_string())
        .arg(load.messages.to_string());
    seconds(&mut command, load)
}

/// Postfix's smtp-source, which keeps its connections.
pub(crate) fn smtp_source(port: u16, load: &Load) -> Option<Duration> {
    let program = ["/usr/sbin/smtp-source", "/usr/bin/smtp-source"]
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())?;
    let begun = Instant::now();
    let status = Command::new(program)
        .arg("-d")
        .args(["-s", &load.connections.to_string()])
        .args(["-m", &load.messages.to_string()])
        .args(["-l", &load.size.to_string()])
        .args(["-r", &load.recipients.to_string()])
        .args(["-f", "me@example.test", "-t", "you@example.test"])
        .arg(format!("inet:127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok()?.success().then(|| begun.elapsed())
}

/// lettre's pool with one connection.
pub(crate) fn lettre(port: u16, load: &Load) -> Option<Duration> {
    let transport = SmtpTransport::builder_dangerous("127.0.0.1")
        .port(port)
        .pool_config(PoolConfig::new().max_size(1))
        .build();
    let message = message(load);
    let to = message.envelope.recipients.iter();
    let to = to.map(|one| one.as_str().parse().expect("an address"));
    let from = "me@example.test".parse().expect("an address");
    let envelope = Envelope::new(Some(from), to.collect()).ok()?;
    let begun = Instant::now();
    for _ in 0..load.messages {
        transport.send_raw(&envelope, message.octets()).ok()?;
    }
    Some(begun.elapsed())
}
