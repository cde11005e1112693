//! The caller's end of the control socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use super::socket;
use super::words::{Ask, Holder, Line};

/// How long the holder may take for a line of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest line of an answer: a message with 10,000 recipients needs about 2 MB.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What came of a call.
#[derive(Debug)]
pub(super) enum Called {
    /// The answer, without its end.
    Answered(Vec<Line>),
    /// Nobody listens, and nothing was asked of anybody.
    Nobody,
    /// Somebody listens and did not say who he is. Nothing was asked.
    Silent,
    /// The holder was asked and did not answer in full: what was to be done may have been done.
    BrokenOff(Holder, io::Error),
}

/// Asks whoever holds the spool.
///
/// # Errors
/// Where the socket cannot be used; nothing was asked then.
pub(super) async fn ask(dir: &Path, ask: &Ask) -> io::Result<Called> {
    let mut question = serde_json::to_vec(ask)?;
    question.push(b'\n');
    let Some(stream) = socket::call(dir).await? else {
        return Ok(Called::Nobody);
    };
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let holder = match next(&mut reader).await {
        Ok(Line::Holder(holder)) => holder,
        Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(Called::Silent),
        // It closed just now.
        Ok(_) | Err(_) => return Ok(Called::Nobody),
    };
    let asked = match timeout(PATIENCE, writer.write_all(&question)).await {
        Ok(asked) => asked,
        Err(late) => Err(late.into()),
    };
    if let Err(error) = asked {
        return Ok(Called::BrokenOff(holder, error));
    }
    let mut lines = Vec::new();
    loop {
        match next(&mut reader).await {
            Ok(Line::End {}) => return Ok(Called::Answered(lines)),
            Ok(fault @ Line::Fault(_)) => {
                lines.push(fault);
                return Ok(Called::Answered(lines));
            }
            Ok(line) => lines.push(line),
            Err(error) => return Ok(Called::BrokenOff(holder, error)),
        }
    }
}

async fn next(reader: &mut BufReader<impl AsyncRead + Unpin>) -> io::Result<Line> {
    let mut line = Vec::new();
    let mut bounded = reader.take(LONGEST);
    timeout(PATIENCE, bounded.read_until(b'\n', &mut line)).await??;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_slice(&line)?)
}
