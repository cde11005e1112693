//! The processes that are killed: one that delivers, and those that only put messages into the spool.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use turbomail::mail::dsn::Return;
use turbomail::mail::entry::Entry;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::smarthost::{Security, Server, SmartHost, Timeouts};
use turbomail::mailer::{
    Account, HostPauses, Leaving, Mailer, ManagerOptions, Managers, RouteRules, Schedule, Scope,
    Terms,
};
use turbomail::queue::spool::{Head, Keep, Layout};
use turbomail::transport::smtp::Smtp;
use uuid::Uuid;

use crate::chance::Chance;
use crate::letter;

/// What the storm asks of a process; the variable by which it is told has the same name in capitals.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    /// `enqueue`, `deliver` or `drain`.
    pub(crate) role: String,
    pub(crate) spool: PathBuf,
    /// The server's port.
    pub(crate) port: u16,
    /// The number of this process in the storm.
    pub(crate) number: u64,
    pub(crate) seed: u64,
    /// How many messages it queues at the most.
    pub(crate) messages: u64,
}

/// The environment variables, in the order of the fields.
pub(crate) const VARIABLES: [&str; 6] = [
    "STORM_ROLE",
    "STORM_SPOOL",
    "STORM_PORT",
    "STORM_NUMBER",
    "STORM_OWN_SEED",
    "STORM_QUEUES",
];

/// Messages under way at a time.
pub(crate) const WORKERS: usize = 4;

impl Orders {
    pub(crate) fn values(&self) -> [String; 6] {
        [
            self.role.clone(),
            self.spool.display().to_string(),
            self.port.to_string(),
            self.number.to_string(),
            self.seed.to_string(),
            self.messages.to_string(),
        ]
    }

    /// What this process was told; nothing where it is no process of the storm.
    fn read() -> Option<Self> {
        let role = std::env::var(VARIABLES[0]).ok()?;
        let number = |at: usize| -> u64 {
            let text = std::env::var(VARIABLES[at]).expect("set");
            text.parse().expect("a number")
        };
        Some(Self {
            role,
            spool: std::env::var_os(VARIABLES[1]).expect("set").into(),
            port: u16::try_from(number(2)).expect("a port"),
            number: number(3),
            seed: number(4),
            messages: number(5),
        })
    }
}

/// The entrance of the processes. Called as an ordinary test it has no orders, and there is nothing to do.
#[test]
fn process_of_the_storm() {
    let Some(orders) = Orders::read() else { return };
    end_with_parent();
    match orders.role.as_str() {
        "enqueue" => enqueue(&orders),
        "deliver" | "drain" => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(deliver(&orders));
        }
        other => panic!("unknown role {other}"),
    }
}

/// Ends this process when the one that started it is gone, and with it the other end of the standard input.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut rest = Vec::new();
        std::io::stdin().read_to_end(&mut rest).ok();
        std::process::exit(1);
    });
}

/// Says a line to the parent, in one write and without a buffer: what was said before a kill has been said.
fn say(words: &str) {
    let line = format!("\n{words}\n");
    let mut output = std::io::stdout().lock();
    output.write_all(line.as_bytes()).expect("the parent hears");
    output.flush().expect("the parent hears");
}

fn name(orders: &Orders, kind: char, count: u64) -> String {
    format!("{kind}{}-{count}", orders.number)
}

/// Puts messages into the spool in groups of all sizes, without its lock.
fn enqueue(orders: &Orders) {
    let mut chance = Chance::new(orders.seed);
    let layout = Layout::open(&orders.spool).expect("fit");
    let mut count = 0;
    while count < orders.messages {
        let size = [1, 1, 2, 5, 15, 16, 24][usize::try_from(chance.below(7)).expect("small")];
        let names: Vec<String> = (count..(count + size).min(orders.messages))
            .map(|n| name(orders, 'e', n))
            .collect();
        count += size;
        say(&format!("trying {}", names.join(" ")));
        let is_whole = chance.below(3) == 0;
        if is_whole {
            say(&format!("whole {}", names.join(" ")));
        }
        let batch: Vec<Keep> = names
            .iter()
            .map(|name| {
                let message = letter::message(name);
                let head = Head::new(
                    EntryId::new(),
                    &"work".into(),
                    &message,
                    &Terms::default(),
                    Timestamp::now(),
                );
                let content = message.content.here().expect("in memory").clone();
                Keep { head, content }
            })
            .collect();
        if is_whole {
            let done = layout.deposit_all(Uuid::now_v7(), &batch);
            done.expect("the disk takes them all");
        } else {
            for result in layout.deposit(&batch) {
                result.expect("the disk takes it");
            }
        }
        for name in &names {
            say(&format!("queued {name}"));
        }
    }
    say("done");
}

fn mailer(orders: &Orders) -> Mailer {
    let server = Server {
        host: "127.0.0.1".to_owned(),
        port: Some(orders.port),
    };
    let mut host = SmartHost::new(server, Security::None);
    // By this the server knows which process it talks to.
    host.hello = Some(format!("p{}.storm.example", orders.number));
    host.timeouts = Timeouts::all(Duration::from_secs(20));
    let options = ManagerOptions {
        workers: WORKERS,
        divisor: 4,
        ..ManagerOptions::default()
    };
    let rules = RouteRules {
        schedule: Arc::new(Schedule::steps(&[1], 1)),
        pauses: HostPauses {
            steps: Schedule::steps(&[1], 1),
            login_refused: Duration::from_secs(1),
        },
        ..RouteRules::default()
    };
    let account = Account {
        manager: Managers::default()
            .make("on-demand", &options)
            .expect("there is one"),
        report: Some(Return::Headers),
        rules,
        ..Account::new("work", Arc::new(Smtp::new(host)))
    };
    Mailer::builder()
        .account(account)
        .spool(&orders.spool, Scope::All)
        .build()
        .expect("the spool is free and fit")
}

/// Delivers what waits, and queues messages of its own meanwhile. Told to drain, it ends when nothing waits any more.
async fn deliver(orders: &Orders) {
    let (mailer, mut chance) = (mailer(orders), Chance::new(orders.seed));
    say("ready");
    let mut sending = tokio::task::JoinSet::new();
    for count in 0..orders.messages {
        let (mailer, name) = (mailer.clone(), name(orders, 'd', count));
        let wished = chance.below(3);
        sending.spawn(async move {
            say(&format!("trying {name}"));
            let message = letter::message(&name);
            let sent = mailer.send_message("work", message, Terms::default()).await;
            let id = sent.expect("queued").id;
            say(&format!("queued {name}"));
            wish(&mailer, id, &name, wished).await;
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.expect("no panic");
    }
    let mut changed = mailer.changed();
    while orders.role == "deliver" || !mailer.snapshot().live.is_empty() {
        if orders.role == "drain" {
            release_all(&mailer);
        }
        changed.changed().await.expect("the mailer is there");
    }
    let left = mailer
        .close(Leaving {
            // The last reports come only now.
            drain: true,
            deadline: Duration::from_mins(1),
        })
        .await;
    assert!(left.is_empty(), "{left:?}");
    say("quiet");
}

/// Drops or holds a message while it is being sent, or leaves it alone. What was answered is said.
async fn wish(mailer: &Mailer, id: EntryId, name: &str, wished: u64) {
    let mut changed = mailer.changed();
    let is_sent = |entry: &Entry| entry.running().is_some() || entry.end.is_some();
    while wished < 2 && !mailer.entry(id).is_some_and(|entry| is_sent(&entry)) {
        changed.changed().await.expect("the mailer is there");
    }
    match wished {
        0 => {
            say(&format!("dropping {name}"));
            if mailer.drop_entry(id).is_ok() {
                say(&format!("dropped {name}"));
            }
        }
        1 if mailer.hold(id).is_ok() => say(&format!("held {name}")),
        _ => {}
    }
}

fn release_all(mailer: &Mailer) {
    for entry in mailer.snapshot().live.values() {
        if entry.held.is_some() {
            mailer.release(entry.id).expect("held");
        }
    }
}
