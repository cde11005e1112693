//! No walk outlasts its limits, and none grows without bound, wherever and however a server misbehaves.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use turbomail::mail::smarthost::{Credentials, Secret, Security, SmartHost, Timeouts};
use turbomail::mail::stage::Stage;
use turbomail::probe::grid::grid;
use turbomail::probe::report::Report;
use turbomail::probe::walk::Plan;

use crate::certificates::{Authority, acceptor, params};
use crate::command::probe_saying;
use crate::content::sent;

/// How long each stage may take here.
const LIMIT: Duration = Duration::from_millis(400);
/// Longer than anything here may take on a busy machine; only a hang comes near it.
const HANG: Duration = Duration::from_mins(1);

/// How a server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Silent,
    /// An octet now and then, sooner than the limit.
    Drip,
    EndlessLine,
    EndlessLines,
    /// Ten million octets in one line, and then what was due.
    Large,
    Zeros,
    Close,
    Reset,
    /// A TLS record that is announced and never complete.
    Record,
    /// TLS records without end that have nothing in them.
    Records,
}

const ALL: [Fault; 10] = [
    Fault::Silent,
    Fault::Drip,
    Fault::EndlessLine,
    Fault::EndlessLines,
    Fault::Large,
    Fault::Zeros,
    Fault::Close,
    Fault::Reset,
    Fault::Record,
    Fault::Records,
];

/// What a good server says, and where this one stops being one.
#[derive(Clone, Copy, Debug)]
struct Bad {
    at: &'static str,
    fault: Fault,
}

async fn misbehave(out: &mut (impl AsyncWrite + Unpin), fault: Fault) -> std::io::Result<()> {
    let block = |piece: &[u8]| piece.repeat(1 + 16_000 / piece.len());
    let (begin, again): (&[u8], Vec<u8>) = match fault {
        Fault::Silent => return std::future::pending().await,
        Fault::Drip => loop {
            out.write_all(b"2").await?;
            out.flush().await?;
            tokio::time::sleep(LIMIT / 8).await;
        },
        Fault::EndlessLine => (b"250 ", block(b"x")),
        Fault::EndlessLines => (b"", block(b"250-x\r\n")),
        Fault::Large => {
            out.write_all(b"250-").await?;
            out.write_all(&vec![b'x'; 10_000_000]).await?;
            out.write_all(b"\r\n250 ok\r\n").await?;
            return std::future::pending().await;
        }
        Fault::Zeros => (b"", block(b"\0")),
        Fault::Close | Fault::Reset => return Ok(()),
        Fault::Record => (b"\x16\x03\x03\x40\x00", b"\x02".to_vec()),
        Fault::Records => (b"", block(b"\x16\x03\x03\x00\x00")),
    };
    out.write_all(begin).await?;
    loop {
        out.write_all(&again).await?;
        out.flush().await?;
        if fault == Fault::Record {
            tokio::time::sleep(LIMIT / 8).await;
        }
    }
}

/// Plays a good server up to where it is to be bad. `true` where a handshake is to follow.
async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    bad: Bad,
    secure: bool,
    greets: bool,
) -> std::io::Result<bool> {
    let mut stream = BufReader::new(stream);
    if greets {
        if bad.at == "greeting" {
            misbehave(&mut stream, bad.fault).await?;
            return Ok(false);
        }
        stream.write_all(b"220 mx\r\n").await?;
        stream.flush().await?;
    }
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let verb = line.split_ascii_whitespace().next().unwrap_or_default();
        let event = match (verb, secure) {
            ("EHLO", true) => "second hello",
            ("EHLO", false) => "hello",
            (verb, _) => verb,
        };
        if event == bad.at {
            misbehave(&mut stream, bad.fault).await?;
            return Ok(false);
        }
        let reply = match event {
            "hello" => "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
            "second hello" => "250-mx\r\n250 AUTH PLAIN\r\n",
            "STARTTLS" => "220 go\r\n",
            "AUTH" => "235 in\r\n",
            "DATA" => "354 go\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        stream.write_all(reply.as_bytes()).await?;
        stream.flush().await?;
        if event == "STARTTLS" {
            return Ok(true);
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    security: Security,
    bad: Bad,
    tls: TlsAcceptor,
) -> std::io::Result<()> {
    if bad.fault == Fault::Reset {
        stream.set_zero_linger()?;
    }
    if security != Security::Tls && !play(&mut stream, bad, false, true).await? {
        return Ok(());
    }
    if bad.at == "tls" {
        return misbehave(&mut stream, bad.fault).await;
    }
    let mut stream = tls.accept(stream).await?;
    play(&mut stream, bad, true, security == Security::Tls).await?;
    Ok(())
}

/// A server that listens until it is dropped.
struct Listening {
    host: SmartHost,
    task: JoinHandle<()>,
    _authority: Authority,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    security: Security,
    bad: Bad,
    make: impl FnOnce(&Authority) -> TlsAcceptor,
) -> Listening {
    let authority = Authority::new("Trusted Test CA");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let mut host = SmartHost::new(address.parse().expect("an address"), security);
    host.hello = Some("client.example".to_owned());
    host.ca_files = vec![authority.file()];
    host.timeouts = Timeouts::all(LIMIT);
    host.credentials = Some(Credentials {
        user: "tim".to_owned(),
        secret: Secret::Value("tanstaaf".to_owned().into()),
    });
    let tls = make(&authority);
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            // Who is left by the client has done its work.
            let tls = tls.clone();
            connections.spawn(async move { serve(stream, security, bad, tls).await.ok() });
        }
    });
    Listening {
        host,
        task,
        _authority: authority,
    }
}

/// Shows its certificate so many times over that it makes ten million octets.
fn long_winded(authority: &Authority) -> TlsAcceptor {
    let (certificate, key) = authority.certify(&params(&["127.0.0.1"], 2000, 2100));
    let times = 10_000_000 / certificate.len();
    acceptor(vec![certificate; times], &key)
}

fn good(authority: &Authority) -> TlsAcceptor {
    authority.server(&["127.0.0.1"], 2000, 2100)
}

fn plan(host: &SmartHost) -> Plan {
    Plan {
        sender: Some("me@x.example".parse().expect("an address")),
        recipients: vec!["you@x.example".parse().expect("an address")],
        test_message: true,
        ..Plan::new(host.clone())
    }
}

async fn meets(security: Security, bad: Bad) -> Option<String> {
    let listening = listen(security, bad, good).await;
    let plan = plan(&listening.host);
    let Ok(walk) = tokio::time::timeout(HANG, sent(&plan)).await else {
        return Some(format!("{security} {bad:?}: it hangs"));
    };
    let told = serde_json::to_string(&Report::of(&walk)).expect("JSON");
    let stage = match bad.at {
        "greeting" => Stage::Greeting,
        "hello" | "second hello" => Stage::Hello,
        "STARTTLS" => Stage::StartTls,
        "tls" => Stage::Tls,
        "AUTH" => Stage::Auth,
        "MAIL" => Stage::Mail,
        "RCPT" => Stage::Rcpt,
        "DATA" => Stage::Data,
        _ => Stage::Quit,
    };
    let end = walk.failure.as_ref().map(|failure| failure.stage);
    // Who resets at once may do so before we have looked; and what comes behind the 220 to STARTTLS was said in clear.
    let is_before = (end == Some(Stage::Connect) && bad.fault == Fault::Reset)
        || (end == Some(Stage::StartTls) && bad.at == "tls" && security == Security::StartTls);
    let is_where = end == Some(stage) || is_before || (stage == Stage::Quit && end.is_none());
    let is_small = told.len() < 200_000;
    (!is_where || !is_small).then(|| {
        format!(
            "{security} {bad:?}: ended at {end:?}, {} octets",
            told.len()
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_every_stage_ends_in_time_and_within_bounds() {
    let mut cases = Vec::new();
    for security in [Security::None, Security::StartTls, Security::Tls] {
        for at in [
            "greeting",
            "hello",
            "STARTTLS",
            "tls",
            "second hello",
            "AUTH",
            "MAIL",
            "RCPT",
            "DATA",
            "QUIT",
        ] {
            let is_there = match at {
                "hello" => security != Security::Tls,
                "STARTTLS" => security == Security::StartTls,
                "tls" | "second hello" => security != Security::None,
                _ => true,
            };
            for fault in ALL.into_iter().filter(|_| is_there) {
                cases.push((security, Bad { at, fault }));
            }
        }
    }
    assert_eq!(cases.len(), 250);
    let met = stream::iter(cases).map(|(security, bad)| meets(security, bad));
    let wrong: Vec<String> = met
        .buffer_unordered(16)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A chain of ten million octets is more than any handshake may hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_measure_is_refused() {
    let never = Bad {
        at: "never",
        fault: Fault::Silent,
    };
    for security in [Security::StartTls, Security::Tls] {
        let make = |authority: &Authority| long_winded(authority);
        let mut listening = listen(security, never, make).await;
        listening.host.timeouts.tls = HANG;
        let walk = tokio::time::timeout(HANG, sent(&plan(&listening.host))).await;
        let walk = walk.expect("in time");
        let failure = walk.failure.as_ref().expect("a failure");
        assert_eq!(failure.stage, Stage::Tls, "{failure}");
        let told = serde_json::to_string(&Report::of(&walk)).expect("JSON");
        assert!(told.len() < 200_000, "{}", told.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_around_ends_whatever_it_meets() {
    let met = ALL.map(async |fault| {
        for at in ["greeting", "hello", "tls"] {
            let listening = listen(Security::StartTls, Bad { at, fault }, good).await;
            let cells =
                tokio::time::timeout(HANG, grid(&listening.host, &[listening.host.port])).await;
            assert_eq!(cells.expect("in time").len(), 1, "{at} {fault:?}");
        }
    });
    futures_util::future::join_all(met).await;
}

/// By hand there is always room for a word of one's own, and an end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_stops_talking_is_spoken_with_all_the_same() {
    for (at, fault) in [
        ("NOOP", Fault::EndlessLines),
        ("NOOP", Fault::EndlessLine),
        ("NOOP", Fault::Drip),
    ] {
        let listening = listen(Security::None, Bad { at, fault }, good).await;
        let server = listening.host.name();
        let arguments = [
            &server,
            "--security",
            "none",
            "--step",
            "--timeout",
            "400ms",
            "--no-login",
        ];
        let said = probe_saying(&arguments, "NOOP\nRSET\n.wait 200ms\nQUIT\n");
        let (_, out, _) = tokio::time::timeout(HANG, said).await.expect("in time");
        assert!(
            out.contains("NOOP") && out.len() < 200_000,
            "{fault:?}: {}",
            out.len()
        );
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = listener.local_addr().expect("bound").to_string();
    let talking = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"220 mx\r\n250 mx\r\n").await.ok();
            while stream
                .write_all(&b"250 and another thing\r\n".repeat(500))
                .await
                .is_ok()
            {}
        }
    });
    let arguments = [
        &server,
        "--security",
        "none",
        "--step",
        "--stop-after",
        "greeting",
        "--timeout",
        "1s",
    ];
    for input in [".wait 300ms\nRSET\nNOOP\nQUIT\n", "", "RSET\n.drop\n"] {
        let said = tokio::time::timeout(HANG, probe_saying(&arguments, input)).await;
        let (_, out, _) = said.expect("in time");
        assert!(out.len() < 4_000_000, "{input:?}: {}", out.len());
    }
    talking.abort();
}
