//! The smart host of the storm: it takes and refuses by the address, does its worst at random, and writes down each copy at the
//! moment when it has it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::chance::Chance;
use crate::letter::{self, Fate};

/// A message that the server took over.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    /// Its name; of a report to an author, the left side of its Message-ID.
    pub(crate) name: String,
    /// Which message it reports on, where it is a report.
    pub(crate) about: Option<String>,
    pub(crate) recipients: Vec<String>,
    /// The process that sent it.
    pub(crate) process: u64,
    /// The server kept the reply to itself.
    pub(crate) unsaid: bool,
    /// The client went on behind the reply, and so has written it down.
    pub(crate) heard: bool,
}

/// What the server has seen and done.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) copies: Vec<Copy>,
    /// The faults by name, and how often.
    pub(crate) faults: BTreeMap<&'static str, usize>,
    /// What no client may do.
    pub(crate) complaints: Vec<String>,
    tries: HashMap<String, u32>,
    /// The reports by their names, for their copies have to be equal.
    reports: HashMap<String, Vec<u8>>,
}

/// The server. It ends with its runtime.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    book: Arc<Mutex<Book>>,
    seed: u64,
}

/// The connection is at its end.
struct Over;

impl<T> From<T> for Over
where
    T: std::error::Error,
{
    fn from(_: T) -> Self {
        Self
    }
}

impl Server {
    /// Listens on a port of its own, which comes back with it.
    pub(crate) async fn start(seed: u64) -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = Self {
            book: Arc::default(),
            seed,
        };
        let serving = server.clone();
        tokio::spawn(async move {
            for number in 0_u64.. {
                let (stream, _) = listener.accept().await.expect("a client");
                stream.set_nodelay(true).ok();
                let connection = Connection {
                    chance: Chance::of(serving.seed, &format!("connection {number}")),
                    server: serving.clone(),
                    stream: BufReader::new(stream),
                    process: 0,
                    is_report: false,
                    taken: Vec::new(),
                };
                tokio::spawn(connection.serve());
            }
        });
        (server, port)
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no panic")
    }
}

struct Connection {
    server: Server,
    stream: BufReader<TcpStream>,
    chance: Chance,
    /// By the name in EHLO.
    process: u64,
    /// Whether what comes is from nobody.
    is_report: bool,
    /// The copies that came over this connection.
    taken: Vec<usize>,
}

/// What happens at the end of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Well,
    CloseUntaken,
    ResetUntaken,
    Defer,
    DeferAndClose,
    CloseTaken,
    ResetTaken,
}

impl Connection {
    async fn serve(mut self) {
        // However it ends, the book has what counts.
        drop(self.converse().await);
    }

    /// Whether a fault that comes so often in a thousand comes now; it is counted.
    fn strikes(&mut self, name: &'static str, per_mille: u64) -> bool {
        let strikes = self.chance.below(1000) < per_mille;
        if strikes {
            *self.server.book().faults.entry(name).or_default() += 1;
        }
        strikes
    }

    async fn say(&mut self, text: &str) -> Result<(), Over> {
        let line = format!("{text}\r\n");
        Ok(self.stream.get_mut().write_all(line.as_bytes()).await?)
    }

    fn reset(&self) -> Over {
        self.stream.get_ref().set_zero_linger().ok();
        Over
    }

    async fn rest(&mut self, per_mille: u64, most: u64) {
        if self.chance.below(1000) < per_mille {
            sleep(Duration::from_millis(self.chance.below(most))).await;
        }
    }

    async fn line(&mut self) -> Result<Vec<u8>, Over> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        if line.ends_with(b"\r\n") {
            Ok(line)
        } else {
            Err(Over)
        }
    }

    async fn converse(&mut self) -> Result<(), Over> {
        if self.strikes("421 greeting", 8) {
            return self.say("421 4.3.2 Not now").await;
        }
        self.say("220 storm.example ESMTP").await?;
        let mut recipients: Vec<String> = Vec::new();
        loop {
            let line = self.line().await?;
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default();
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let digits = line.chars().skip_while(|c| *c != 'p').skip(1);
                    let digits: String = digits.take_while(char::is_ascii_digit).collect();
                    self.process = digits.parse().unwrap_or(0);
                    self.say("250-storm.example\r\n250-PIPELINING\r\n250 8BITMIME")
                        .await?;
                }
                "MAIL" => {
                    recipients.clear();
                    self.is_report = line.contains("<>");
                    if self.strikes("421 to MAIL", 5) {
                        return self.say("421 4.3.2 Closing").await;
                    }
                    self.say("250 2.1.0 Ok").await?;
                }
                "RCPT" => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    let reply = self.judge(address);
                    if reply.starts_with('2') {
                        recipients.push(address.to_owned());
                    }
                    self.say(reply).await?;
                }
                "DATA" if recipients.is_empty() => self.say("554 5.5.1 No recipients").await?,
                "DATA" => {
                    self.say("354 Go on").await?;
                    self.content(std::mem::take(&mut recipients)).await?;
                }
                "RSET" | "NOOP" => {
                    recipients.clear();
                    self.say("250 2.0.0 Ok").await?;
                }
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("500 5.5.2 What?").await?,
            }
        }
    }

    /// The reply to a recipient: by its address alone, and for some by whether it came before.
    fn judge(&mut self, address: &str) -> &'static str {
        let mut book = self.server.book();
        let tries = book.tries.entry(address.to_owned()).or_default();
        *tries += 1;
        match Fate::of(address) {
            Fate::Grey if *tries == 1 => "450 4.7.1 Greylisted",
            Fate::Taken | Fate::Grey => "250 2.1.5 Ok",
            Fate::Refused => "550 5.1.1 Nobody here",
        }
    }

    /// Reads a content and ends it well or badly.
    async fn content(&mut self, recipients: Vec<String>) -> Result<(), Over> {
        let cut = self.strikes("reset before the dot", 10);
        let mut content = Vec::new();
        loop {
            let line = self.line().await?;
            if content.is_empty() {
                // The client sends a content only when it has heard what became of the one before.
                let mut book = self.server.book();
                for copy in self.taken.drain(..) {
                    book.copies[copy].heard = true;
                }
            }
            if cut && content.len() > 200 {
                return Err(self.reset());
            }
            if line == b".\r\n" {
                break;
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.rest(300, 20).await;
        let ending = self.ending();
        match ending {
            Ending::CloseUntaken => return Err(Over),
            Ending::ResetUntaken => return Err(self.reset()),
            Ending::Defer => return self.say("451 4.3.0 Later").await,
            Ending::DeferAndClose => {
                self.say("421 4.3.0 Later, and goodbye").await?;
                return Err(Over);
            }
            Ending::Well | Ending::CloseTaken | Ending::ResetTaken => {}
        }
        self.take(&content, recipients, ending != Ending::Well);
        self.rest(300, 30).await;
        match ending {
            Ending::CloseTaken => Err(Over),
            Ending::ResetTaken => Err(self.reset()),
            _ => self.say("250 2.0.0 Taken").await,
        }
    }

    fn ending(&mut self) -> Ending {
        if self.strikes("close behind the dot, untaken", 10) {
            Ending::CloseUntaken
        } else if self.strikes("reset behind the dot, untaken", 10) {
            Ending::ResetUntaken
        } else if self.strikes("451 behind the dot", 10) {
            Ending::Defer
        } else if self.strikes("421 behind the dot", 5) {
            Ending::DeferAndClose
        } else if self.strikes("taken, then closed", 15) {
            Ending::CloseTaken
        } else if self.strikes("taken, then reset", 15) {
            Ending::ResetTaken
        } else {
            Ending::Well
        }
    }

    /// From here on the message is the server's.
    fn take(&mut self, content: &[u8], recipients: Vec<String>, unsaid: bool) {
        let name = letter::name_in(content).unwrap_or_default();
        let about = self.is_report.then(|| letter::answered_in(content));
        let about = about.map(Option::unwrap_or_default);
        let mut book = self.server.book();
        let expected = if about.is_some() {
            let first = book.reports.entry(name.clone());
            first.or_insert_with(|| content.to_vec()).clone()
        } else {
            letter::content(&name)
        };
        if content != expected {
            let length = content.len();
            let complaint = format!("{name}: {length} octets came that are not the message's");
            book.complaints.push(complaint);
        }
        let known = match &about {
            Some(_) => vec![letter::AUTHOR.to_owned()],
            None => letter::recipients(&name).to_vec(),
        };
        if let Some(odd) = recipients.iter().find(|one| !known.contains(one)) {
            book.complaints.push(format!("{name} came for {odd}"));
        }
        self.taken.push(book.copies.len());
        book.copies.push(Copy {
            name,
            about,
            recipients,
            process: self.process,
            unsaid,
            heard: false,
        });
    }
}
