//! Compose a message, queue it, deliver it through a smart host, and see every step.
//!
//! The easy case is one line; what becomes of each recipient comes back with the server's own words.
//!
//! ```
//! use turbomail::mail::draft::Draft;
//! use turbomail::mailer::Mailer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A real session with an embedded server: nothing leaves the machine. `Mailer::smtp` takes a smart host instead.
//! let mailer = Mailer::debug()?;
//! let draft = Draft::new("me@example.com", "you@example.com", "Hello", "One line is enough.");
//! let receipt = mailer.send(draft).await?;
//!
//! let entry = receipt.attempted().await.ok_or("the queue is gone")?;
//! assert_eq!(entry.recipients[0].status.name(), "delivered");
//! for line in entry.attempts[0].transcript.lines() {
//!     println!("{:>6} ms  {}", line.at.as_millis(), line.text);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Several messages go together or not at all with [`Mailer::transaction`](mailer::Mailer::transaction), also in one with another
//! store ([`TwoPhase`](mailer::TwoPhase)). [`Builder::queue_only`](mailer::Builder::queue_only) is a test mode that sends nothing.
//!
//! | part | what it is for |
//! |---|---|
//! | [`mailer`] | the front door: options in, verbs out |
//! | [`compose`] | what is written: from a draft to a message; drafts kept on disk |
//! | [`manager`] | when a message is handed over, and by whose hand |
//! | [`queue`] | the live queue: a pure state machine over the time given to it |
//! | [`transport`] | how a message leaves |
//! | [`probe`] | why it fails: from what was seen to a plain explanation and what to do |
//! | [`smtp`] | the conversation |
//! | [`store`] | files written whole or not at all |
//! | [`mail`] | the nouns: everyone may name them, they name nobody |
//! | [`config`] | settings, and where each came from |
//!
//! Managers and transports are chosen by name from registries ([`mailer::Managers`], [`mailer::Transports`]) to which a
//! program can add its own.

#[cfg(feature = "console")]
pub mod cli;
pub mod compose;
pub mod config;
pub mod mail;
pub mod mailer;
pub mod manager;
pub mod probe;
pub mod queue;
pub mod smtp;
pub mod store;
pub mod transport;
#[cfg(feature = "console")]
pub mod tui;
