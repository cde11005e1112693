//! Mail in one transaction with a real database: no row without its mail, no mail without its row, whatever fails and where.

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use tempfile::TempDir;
use turbomail::mail::transaction::TransactionId;
use turbomail::mailer::{
    Leaving, Mailer, Receipt, Refusal, TransactionError, TwoPhase, TwoPhaseError, Veto, commit_all,
};

use crate::{draft, queue_only};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A customer that is not there is found out by the COMMIT itself.
const TABLES: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS customer (name TEXT PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS purchase (
        number INTEGER PRIMARY KEY,
        customer TEXT NOT NULL REFERENCES customer DEFERRABLE INITIALLY DEFERRED,
        mail TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS letter (
        message_id TEXT PRIMARY KEY,
        number INTEGER NOT NULL REFERENCES purchase
    ) STRICT;
    INSERT OR IGNORE INTO customer VALUES ('ann');
";

/// A shop: orders in a database, letters about them in a queue.
struct Shop {
    folder: TempDir,
    base: Connection,
    mailer: Mailer,
}

/// The steps of an order. A fault comes right before one.
const STEPS: [&str; 7] = ["begin", "row", "letters", "vote", "prepare", "base", "end"];

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// A step fails.
    Error(&'static str),
    /// The program panics.
    Panic(&'static str),
    /// The mailer is closed in the middle of it.
    Close(&'static str),
    Veto,
    /// The database finds out at its COMMIT that it cannot.
    BadRow,
}

impl Shop {
    /// Opens it as after a start: what is in doubt is decided by what the database has.
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let base = Connection::open(folder.path().join("shop.db")).expect("a database");
        base.execute_batch(TABLES).expect("tables");
        let shop = Self {
            folder,
            base,
            mailer: queue_only(),
        };
        shop.recover().await;
        shop
    }

    async fn recover(&self) {
        for tx in self.mailer.in_doubt() {
            let has = "SELECT count(*) FROM purchase WHERE mail = ?1";
            let text = tx.to_string();
            let rows: u32 = self
                .base
                .query_row(has, [text], |row| row.get(0))
                .expect("asked");
            let decided = self.mailer.resolve(tx, rows > 0).await;
            decided.expect("it was in doubt");
        }
    }

    /// One order: a row, two letters, and both sides of it in one.
    async fn order(&mut self, number: u32, fault: Fault) -> Outcome<Vec<Receipt>> {
        let mailer = self.mailer.clone();
        let reach = async |step: &'static str| -> Outcome<()> {
            assert!(STEPS.contains(&step));
            // A place to be cut off, whatever else has to be waited for.
            tokio::task::yield_now().await;
            match fault {
                Fault::Error(at) if at == step => Err(format!("failed at {step}").into()),
                Fault::Panic(at) if at == step => panic!("panicked at {step}"),
                Fault::Close(at) if at == step => {
                    let at_once = Leaving {
                        drain: false,
                        deadline: std::time::Duration::ZERO,
                    };
                    mailer.close(at_once).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        };
        reach("begin").await?;
        let rows = self
            .base
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut tx = mailer.transaction();
        reach("row").await?;
        let customer = if fault == Fault::BadRow {
            "nobody"
        } else {
            "ann"
        };
        rows.execute(
            "INSERT INTO purchase VALUES (?1, ?2, ?3)",
            params![number, customer, tx.id().to_string()],
        )?;
        reach("letters").await?;
        for subject in ["your order", "an order"] {
            let staged = tx.send(draft(subject)).await?;
            rows.execute(
                "INSERT INTO letter VALUES (?1, ?2)",
                params![staged.message_id, number],
            )?;
        }
        reach("vote").await?;
        tx.vote(move |_| match fault {
            Fault::Veto => Err(Veto::new("not today")),
            _ => Ok(()),
        });
        reach("prepare").await?;
        tx.prepare().await?;
        reach("base").await?;
        // The decision. Behind it there is nothing that can fail.
        rows.commit()?;
        let receipts = tx.commit().await?;
        reach("end").await?;
        Ok(receipts)
    }

    fn rows(&self, column: &str) -> BTreeSet<String> {
        let mut list = self.base.prepare(column).expect("a query");
        let rows = list.query_map([], |row| row.get(0)).expect("rows");
        rows.map(|row| row.expect("text")).collect()
    }

    /// No row without its mail, no mail without its row; how many orders there are.
    fn check(&self, what: &str) -> usize {
        let rows = self.rows("SELECT message_id FROM letter");
        let live = self.mailer.snapshot().live;
        let mails: BTreeSet<_> = live
            .values()
            .map(|entry| entry.message.message_id.clone())
            .collect();
        assert_eq!(rows, mails, "{what}");
        let orders = self.rows("SELECT mail FROM purchase");
        assert!(orders.iter().all(|id| id.parse::<TransactionId>().is_ok()));
        assert_eq!(orders.len() * 2, mails.len(), "{what}");
        assert!(self.base.is_autocommit(), "{what}: left half-way");
        orders.len()
    }
}

#[tokio::test]
async fn no_row_without_its_mail_and_no_mail_without_its_row() {
    let mut faults = vec![Fault::None, Fault::Veto, Fault::BadRow];
    for step in STEPS {
        faults.extend([Fault::Error(step), Fault::Panic(step), Fault::Close(step)]);
    }
    for fault in faults {
        let mut shop = Shop::open().await;
        shop.order(1, Fault::None).await.expect("before");
        let ended = AssertUnwindSafe(shop.order(2, fault)).catch_unwind().await;
        let done = matches!(ended, Ok(Ok(_)));
        let orders = shop.check(&format!("{fault:?}"));
        match fault {
            Fault::None | Fault::Close("base" | "end") => assert!(done, "{fault:?}"),
            _ => assert!(!done || orders == 2, "{fault:?}"),
        }
        // Behind the decision an order stands, whatever becomes of whoever gave it.
        let stands = done || matches!(fault, Fault::Error("end") | Fault::Panic("end"));
        assert_eq!(orders, 1 + usize::from(stands), "{fault:?}");
        if !matches!(fault, Fault::Close(_)) {
            // A failure leaves nothing behind that would be in the way of the next try.
            shop.order(3, Fault::None).await.expect("afterwards");
            assert_eq!(shop.check("afterwards"), orders + 1);
        }
    }
}

#[tokio::test]
async fn what_the_database_really_refuses_takes_its_mail_along() {
    let mut shop = Shop::open().await;
    shop.order(1, Fault::None).await.expect("the first");
    let error = shop
        .order(1, Fault::None)
        .await
        .expect_err("the same number");
    let code = error.downcast::<rusqlite::Error>().expect("the database's");
    assert_eq!(
        code.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation)
    );
    let error = shop.order(2, Fault::BadRow).await.expect_err("at COMMIT");
    let code = error.downcast::<rusqlite::Error>().expect("the database's");
    assert_eq!(
        code.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation)
    );
    // Somebody else is writing.
    let other = Connection::open(shop.folder.path().join("shop.db")).expect("a database");
    shop.base
        .busy_timeout(std::time::Duration::ZERO)
        .expect("set");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = shop.order(3, Fault::None).await.expect_err("locked");
    let code = error.downcast::<rusqlite::Error>().expect("the database's");
    assert_eq!(code.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    assert_eq!(shop.check("locked"), 1);
    other.execute_batch("ROLLBACK").expect("free");
    let error = shop.order(3, Fault::Veto).await.expect_err("vetoed");
    let error = error.downcast::<TransactionError>().expect("the mail's");
    assert!(matches!(*error, TransactionError::Vetoed(_)));
    shop.order(3, Fault::None).await.expect("free again");
    assert_eq!(shop.check("free"), 2);
}

/// Polls a future so many times and then drops it. Whether it came to its end.
async fn cut<F: Future>(future: F, polls: usize) -> bool {
    let (mut future, mut left) = (pin!(future), polls);
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(cx).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn an_order_that_is_cut_off_at_any_wait_is_whole_or_not_there() {
    let mut shop = Shop::open().await;
    let mut orders = 0;
    for polls in 0.. {
        let number = u32::try_from(polls).expect("small");
        let done = cut(shop.order(number, Fault::None), polls).await;
        let before = orders;
        orders = shop.check(&format!("cut after {polls} polls"));
        // Behind the decision it stands, also where nobody waits for it any more.
        assert!(orders == before || orders == before + 1, "{polls} polls");
        if done {
            assert_eq!(orders, before + 1);
            assert!(polls > STEPS.len(), "{polls} polls");
            break;
        }
    }
}

/// The database as one side of [`commit_all`]. It cannot promise, and so it is the first.
struct Rows<'a> {
    base: &'a mut Connection,
    statements: String,
}

impl Rows<'_> {
    fn run(&mut self, statements: &str) -> Result<(), Refusal> {
        Ok(self.base.execute_batch(statements)?)
    }

    fn roll_back(&mut self) {
        if !self.base.is_autocommit() {
            self.run("ROLLBACK").expect("a transaction is open");
        }
    }
}

impl TwoPhase for Rows<'_> {
    fn prepare(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        let statements = format!("BEGIN IMMEDIATE; {}", self.statements);
        let result = self.run(&statements);
        std::future::ready(result).boxed()
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        let result = self.run("COMMIT");
        std::future::ready(result).boxed()
    }

    fn abort(&mut self) -> BoxFuture<'_, ()> {
        self.roll_back();
        std::future::ready(()).boxed()
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.roll_back();
    }
}

/// An order with both sides led by [`commit_all`].
async fn led(
    shop: &mut Shop,
    number: u32,
    customer: &str,
    veto: bool,
) -> Result<(), TwoPhaseError> {
    let mut tx = shop.mailer.transaction();
    tx.vote(move |_| {
        if veto {
            Err(Veto::new("not today"))
        } else {
            Ok(())
        }
    });
    let mut statements = format!(
        "INSERT INTO purchase VALUES ({number}, '{customer}', '{}');",
        tx.id()
    );
    for subject in ["your order", "an order"] {
        let id = tx.send(draft(subject)).await.expect("staged").message_id;
        statements = format!("{statements} INSERT INTO letter VALUES ('{id}', {number});");
    }
    let mut rows = Rows {
        base: &mut shop.base,
        statements,
    };
    commit_all(&mut [&mut rows, &mut tx]).await?;
    assert_eq!(tx.receipts().len(), 2);
    Ok(())
}

#[tokio::test]
async fn both_sides_can_be_led_through_the_phases() {
    let mut shop = Shop::open().await;
    led(&mut shop, 1, "ann", false).await.expect("committed");
    let side = |result: Result<(), TwoPhaseError>| match result {
        Err(TwoPhaseError::RolledBack { side, .. }) => Some(side),
        _ => None,
    };
    // The number is taken; the COMMIT fails; the mail is vetoed.
    assert_eq!(side(led(&mut shop, 1, "ann", false).await), Some(0));
    assert_eq!(side(led(&mut shop, 2, "nobody", false).await), Some(0));
    assert_eq!(side(led(&mut shop, 2, "ann", true).await), Some(1));
    assert_eq!(shop.check("refused"), 1);
    led(&mut shop, 2, "ann", false).await.expect("committed");
    assert_eq!(shop.check("led"), 2);
}
