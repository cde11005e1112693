//! A real name server: dnsmasq in a scratch folder, on a port of loopback; and things that are none.

use std::fmt::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// dnsmasq, until it is dropped.
pub(crate) struct NameServer {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl NameServer {
    /// Starts one that knows these lines of its configuration and nothing else; `None` where there is none and none is demanded.
    pub(crate) fn start(lines: &[String]) -> Option<Self> {
        // A port that is free when it is chosen may be taken when the server gets there.
        let started = (0..3).map(|_| Self::once(lines)).find(Result::is_ok);
        match started.unwrap_or_else(|| Self::once(lines)) {
            Ok(server) => Some(server),
            Err(reason) if std::env::var_os("REAL_SERVERS").is_some() => {
                panic!("a real server is required and could not be started: {reason}")
            }
            Err(reason) => {
                eprintln!("skipped: {reason}");
                None
            }
        }
    }

    fn once(lines: &[String]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let address = free_port();
        let mut text = format!(
            "no-resolv\nno-hosts\nno-poll\nlisten-address=127.0.0.1\nbind-interfaces\nport={}\n\
             local=/test/\npid-file=\nuser=\n",
            address.port()
        );
        for line in lines {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{line}");
        }
        let file = folder.path().join("dnsmasq.conf");
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        let child = Command::new(program()?)
            .arg("--keep-in-foreground")
            .arg("--log-facility=-")
            .arg(format!("--conf-file={}", file.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("dnsmasq: {error}"))?;
        let mut server = Self {
            child,
            address,
            _folder: folder,
        };
        server.wait().map(|()| server)
    }

    fn wait(&mut self) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("dnsmasq ended: {status}"));
            }
            if answers(self.address) {
                return Ok(());
            }
        }
        Err("dnsmasq does not answer".to_owned())
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        // It may be gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn program() -> Result<&'static str, String> {
    let mut known = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/sbin/dnsmasq"].into_iter();
    let found = known.find(|path| std::path::Path::new(path).exists());
    found.ok_or_else(|| "dnsmasq is not installed".to_owned())
}

fn free_port() -> SocketAddr {
    // The same port has to be free for TCP too, which most ports are.
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.local_addr().expect("an address")
}

/// Whether a question is answered, whatever the answer.
fn answers(server: SocketAddr) -> bool {
    let question =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04none\x04test\x00\x00\x01\x00\x01";
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let wait = Some(Duration::from_millis(50));
    socket.set_read_timeout(wait).expect("a limit");
    socket.send_to(question, server).ok();
    socket.recv(&mut [0; 512]).is_ok()
}

/// A socket that hears questions and never answers.
pub(crate) fn silent() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

/// A socket that says of every address that its name is made of these labels, and knows no other record. It ends when nobody asks
/// for a while.
pub(crate) fn pointer(labels: &[&[u8]]) -> SocketAddr {
    let (socket, address) = silent();
    let wait = Some(Duration::from_secs(30));
    socket.set_read_timeout(wait).expect("a limit");
    let mut name = Vec::new();
    for label in labels {
        name.push(u8::try_from(label.len()).expect("a short label"));
        name.extend_from_slice(label);
    }
    name.push(0);
    std::thread::spawn(move || {
        let mut room = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            let asked = &room[12..length];
            // The name ends at the root's empty label; its kind and its class are behind it.
            let mut end = 0;
            while asked[end] != 0 {
                end += usize::from(asked[end]) + 1;
            }
            let question = &asked[..end + 5];
            let is_pointer = question[end + 1..end + 3] == [0, 12];
            let (code, count) = if is_pointer { (0x80, 1) } else { (0x83, 0) };
            let head = [0x81, code, 0, 1, 0, count, 0, 0, 0, 0];
            let mut answer = [&room[..2], &head, question].concat();
            if is_pointer {
                let length = u8::try_from(name.len()).expect("a short name");
                answer.extend([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, length]);
                answer.extend(&name);
            }
            socket.send_to(&answer, from).ok();
        }
    });
    address
}

/// A socket that answers every question with something that is no answer. It ends when nobody asks for a while.
pub(crate) fn babbler() -> SocketAddr {
    let (socket, address) = silent();
    let wait = Some(Duration::from_secs(30));
    socket.set_read_timeout(wait).expect("a limit");
    std::thread::spawn(move || {
        let mut room = [0; 512];
        let mut turn = 0_usize;
        while let Ok((length, from)) = socket.recv_from(&mut room) {
            turn += 1;
            let question = room.get(..length).unwrap_or_default();
            let answer = match turn % 4 {
                // Its own number, a response, and counts of records that are not there.
                0 => [
                    question.get(..2).unwrap_or_default(),
                    &[0x81, 0x80],
                    &[0xff; 8],
                ]
                .concat(),
                1 => vec![0xff; 300],
                2 => question.to_vec(),
                _ => Vec::new(),
            };
            socket.send_to(&answer, from).ok();
        }
    });
    address
}
