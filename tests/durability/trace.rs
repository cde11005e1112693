//! What strace wrote: the system calls with the moments when they began and ended, counted in lines.

use std::collections::HashMap;

/// A system call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// Its arguments as strace writes them.
    pub(super) text: String,
    pub(super) began: usize,
    pub(super) ended: usize,
    /// Whether it did what it was asked for.
    is_good: bool,
}

impl Call {
    /// Whether it is one of these, and succeeded.
    pub(super) fn is(&self, names: &[&str]) -> bool {
        self.is_good && names.contains(&self.name.as_str())
    }
}

#[derive(Debug, Default)]
pub(super) struct Trace {
    /// In the order in which they began.
    pub(super) calls: Vec<Call>,
}

impl Trace {
    /// Reads the output of `strace -f -y -o`.
    pub(super) fn read(text: &str) -> Self {
        let (mut trace, mut open) = (Self::default(), HashMap::new());
        for (number, line) in text.lines().enumerate() {
            let Some((thread, rest)) = line.split_once(' ') else {
                continue;
            };
            let rest = rest.trim_start();
            if let Some(resumed) = rest.strip_prefix("<... ") {
                if let Some(at) = open.remove(thread) {
                    let call: &mut Call = &mut trace.calls[at];
                    call.text.push_str(resumed);
                    call.ended = number;
                    call.is_good = is_good(resumed);
                }
            } else if let Some((name, arguments)) = rest.split_once('(') {
                let is_open = arguments.ends_with("<unfinished ...>");
                if is_open {
                    open.insert(thread.to_owned(), trace.calls.len());
                }
                trace.calls.push(Call {
                    name: name.to_owned(),
                    text: arguments.to_owned(),
                    began: number,
                    ended: if is_open { usize::MAX } else { number },
                    is_good: !is_open && is_good(arguments),
                });
            }
        }
        trace
    }

    /// The one call of these names that has all these words.
    pub(super) fn one(&self, names: &[&str], words: &[&str]) -> &Call {
        let found = self.all(names, words);
        assert_eq!(found.len(), 1, "{names:?} with {words:?}: {found:#?}");
        found[0]
    }

    /// The last of them.
    pub(super) fn last(&self, names: &[&str], words: &[&str]) -> &Call {
        let found = self.all(names, words);
        found
            .last()
            .unwrap_or_else(|| panic!("no {names:?} with {words:?}"))
    }

    fn all(&self, names: &[&str], words: &[&str]) -> Vec<&Call> {
        let has =
            |call: &&Call| call.is(names) && words.iter().all(|word| call.text.contains(word));
        self.calls.iter().filter(has).collect()
    }

    /// Whether such a call began after the one had ended, and ended before the other began.
    pub(super) fn between(&self, one: &Call, other: &Call, is_so: impl Fn(&Call) -> bool) -> bool {
        let mut calls = self.calls.iter();
        calls.any(|call| is_so(call) && one.ended < call.began && call.ended < other.began)
    }
}

/// Whether a call returned no error.
fn is_good(text: &str) -> bool {
    let result = text.rsplit_once(" = ").map(|(_, result)| result);
    result.is_some_and(|result| !result.starts_with('-') && !result.starts_with('?'))
}
