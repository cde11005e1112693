//! The whole path: mailer, queue, manager and transport together.

use std::sync::Arc;
use std::time::Instant;

use turbomail::mailer::{Account, Mailer, ManagerOptions, Managers, Terms};
use turbomail::transport::smtp::Smtp;

use super::ours::{Load, Took, cpu, host, message};

/// Sends it all through a mailer with one worker for each connection.
pub(crate) fn send(port: u16, load: &Load) -> Took {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let options = ManagerOptions {
        workers: load.connections,
        count: load.messages,
        ..ManagerOptions::default()
    };
    let manager = Managers::default()
        .make("on-demand", &options)
        .expect("there is one");
    let transport = Arc::new(Smtp::new(host(port, load)));
    runtime.block_on(async {
        let account = Account {
            manager,
            ..Account::new("bench", transport)
        };
        let mailer = Mailer::builder()
            .account(account)
            .build()
            .expect("a mailer");
        // The engine's messages share one content too, so that only the path makes the difference.
        let messages = vec![message(load); load.messages];
        let (begun, before) = (Instant::now(), cpu());
        let mut receipts = Vec::with_capacity(load.messages);
        for message in messages {
            let sent = mailer.send_message("bench", message, Terms::default());
            receipts.push(sent.await.expect("queued"));
        }
        // The last first: a program that waits for all of them need not be woken for each.
        for receipt in receipts.into_iter().rev() {
            let entry = receipt.settled().await.expect("kept");
            assert!(entry.open().next().is_none());
        }
        Took {
            wall: begun.elapsed(),
            cpu: cpu().saturating_sub(before),
        }
    })
}
