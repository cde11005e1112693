//! The one room where effects happen: the queue's verbs, drafts on disk, looks at files. Answers come back by a channel.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::config::NewAccount;
use crate::mail::clean::Clean;
use crate::mail::draft::Draft;
use crate::mail::parcel::EntryId;
use crate::mailer::compose::attachable;

use super::answer::{Answer, Refusal};
use super::contract::{Core, Verb};
use super::effect::{Effect, Level, Outgoing};
use super::files;
use super::memory::Memory;
use super::newfile;
use super::probe::Same;
use super::probing::Probes;

/// What the clerk does, one after the other: a draft that was kept twice must end as the later one.
enum Task {
    Open(Arc<dyn Core>),
    /// There will be no queue, for this reason.
    Broken(Clean),
    Keep(String, Box<Draft>),
    Forget(String),
    Act(Verb),
    Read(EntryId, bool),
    ReadAttempts(EntryId),
    Save(Same<NewAccount>),
    /// Needs no queue, and so waits for none.
    Aside(Box<dyn FnOnce() -> Vec<Answer> + Send>),
    /// Says when everything before it is done.
    Done(tokio::sync::oneshot::Sender<()>),
}

/// Performs effects. Until the queue is open, what needs it waits.
#[derive(Debug)]
pub struct Performer {
    answers: mpsc::UnboundedSender<Answer>,
    tasks: mpsc::UnboundedSender<Task>,
    core: watch::Sender<Option<Result<Arc<dyn Core>, Clean>>>,
    probes: Probes,
    memory: Memory,
}

impl Performer {
    /// A performer whose answers come out of the receiver. It needs a runtime, and ends when it is dropped.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Answer>) {
        let (answers, receiver) = mpsc::unbounded_channel();
        let (tasks, queue) = mpsc::unbounded_channel();
        tokio::spawn(clerk(queue, answers.clone()));
        let core = watch::Sender::new(None);
        (
            Self {
                answers,
                tasks,
                core,
                probes: Probes::default(),
                memory: Memory::default(),
            },
            receiver,
        )
    }

    /// The same with the place where runs of the probe are kept.
    #[must_use]
    pub fn remembering(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self
    }

    /// The same, where the probe asks this server for names in place of the system's resolver.
    #[must_use]
    pub fn asking(mut self, resolver: Option<SocketAddr>) -> Self {
        self.probes.ask_at(resolver);
        self
    }

    /// Takes the queue, now that it is open, or the reason why it is not.
    pub fn opened(&self, core: Result<Arc<dyn Core>, String>) {
        let core = core.map_err(Clean::from);
        let answer = core.as_ref().map(|_| ()).map_err(Clone::clone);
        self.task(match &core {
            Ok(core) => Task::Open(Arc::clone(core)),
            Err(words) => Task::Broken(words.clone()),
        });
        self.core.send_replace(Some(core));
        self.answer(Answer::Opened(answer));
    }

    /// Performs an effect. `key` is the open draft's, for answers that are about it.
    pub fn perform(&self, effect: Effect, key: &str) {
        match effect {
            Effect::KeepDraft(key, draft) => self.task(Task::Keep(key, Box::new(draft))),
            Effect::DropKept(key) => self.task(Task::Forget(key)),
            Effect::Hold(id) => self.task(Task::Act(Verb::Hold(id))),
            Effect::Release(id) => self.task(Task::Act(Verb::Release(id))),
            Effect::Drop(id) => self.task(Task::Act(Verb::Drop(id))),
            Effect::Restore(id) => self.task(Task::Act(Verb::Restore(id))),
            Effect::RetryNow(id) => self.task(Task::Act(Verb::RetryNow(id))),
            Effect::RetryAll => self.task(Task::Act(Verb::RetryAll)),
            Effect::PauseQueue(pause) => self.task(Task::Act(Verb::Pause(pause))),
            Effect::Send(outgoing) => self.send(outgoing),
            Effect::Attach(path) => {
                let key = key.to_owned();
                self.look(move || {
                    let path = files::whole(&path);
                    let facts = attachable(&path);
                    vec![Answer::Attached(key, path, facts)]
                });
            }
            Effect::AttachOr(readings, text) => {
                let key = key.to_owned();
                self.look(move || match files::all_files(&readings) {
                    Some(found) => found
                        .into_iter()
                        .map(|(path, size)| Answer::Attached(key.clone(), path, Ok(size)))
                        .collect(),
                    None => vec![Answer::PastedText(key, text)],
                });
            }
            Effect::Read(id, edit) => self.task(Task::Read(id, edit)),
            Effect::ReadAttempts(id) => self.task(Task::ReadAttempts(id)),
            Effect::Complete(start) => self.look(move || {
                let offers = files::completions(&start);
                vec![Answer::Completed(start, offers)]
            }),
            Effect::Probe(number, plan) => self.probes.walk(number, &plan, &self.answers),
            Effect::LookAround(number, plan) => self.probes.look(number, &plan, &self.answers),
            Effect::Locate(number, sought) => self.probes.locate(number, &sought, &self.answers),
            Effect::Recall(host) => self.aside(move |memory| memory.recall(&host)),
            Effect::RecallAll => self.aside(Memory::recall_all),
            Effect::KeepRun(record) => self.aside(move |memory| memory.keep(&record)),
            Effect::WritePage(name, text) => {
                self.aside(move |_| vec![newfile::write(&name, &text)]);
            }
            Effect::CancelProbe(number) => self.probes.cancel(number),
            Effect::WaitLonger(number, more) => self.probes.wait_longer(number, more),
            Effect::SaveAccount(account) => self.task(Task::Save(account)),
            // The console and its loop have done these already.
            Effect::Go(_)
            | Effect::Close
            | Effect::Say(..)
            | Effect::OpenDraft(_)
            | Effect::OpenKept(_)
            | Effect::Stand(_)
            | Effect::Editor(_)
            | Effect::Undo
            | Effect::ProbeHost(_)
            | Effect::Copy(_)
            | Effect::Leave
            | Effect::Quit(_)
            | Effect::Suspend
            | Effect::Redraw => {}
        }
    }

    /// Waits until every effect so far that concerns drafts and the queue is done, as far as a queue is open.
    pub async fn finished(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        self.task(Task::Done(done));
        // The clerk only goes when the runtime does.
        let _ = wait.await;
    }

    fn answer(&self, answer: Answer) {
        // Nobody listens any more only while the program ends.
        let _ = self.answers.send(answer);
    }

    fn task(&self, task: Task) {
        let _ = self.tasks.send(task);
    }

    /// Does what takes a disk and no queue, behind all that was asked for before.
    fn aside(&self, work: impl FnOnce(&Memory) -> Vec<Answer> + Send + 'static) {
        let memory = self.memory.clone();
        self.task(Task::Aside(Box::new(move || work(&memory))));
    }

    fn send(&self, outgoing: Outgoing) {
        let answers = self.answers.clone();
        let mut core = self.core.subscribe();
        tokio::spawn(async move {
            let ready = core
                .wait_for(Option::is_some)
                .await
                .map(|core| core.clone());
            let result = match ready {
                Ok(Some(Ok(core))) => core.send(outgoing).await,
                Ok(Some(Err(words))) => Err(Refusal { field: None, words }),
                Ok(None) | Err(_) => return,
            };
            let _ = answers.send(Answer::Sent(result));
        });
    }

    /// Looks at files off the console's thread: a network disk may take its time.
    fn look(&self, look: impl FnOnce() -> Vec<Answer> + Send + 'static) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            for answer in look() {
                let _ = answers.send(answer);
            }
        });
    }
}

/// Does tasks in their order, each off the console's thread. Those that came before the queue was open wait for it.
async fn clerk(mut queue: mpsc::UnboundedReceiver<Task>, answers: mpsc::UnboundedSender<Answer>) {
    let mut core: Option<Arc<dyn Core>> = None;
    let mut early = Vec::new();
    let mut broken: Option<Clean> = None;
    while let Some(task) = queue.recv().await {
        let mut ready = Vec::new();
        match (task, &core) {
            (Task::Done(done), _) => {
                let _ = done.send(());
            }
            (Task::Aside(work), _) => off_thread(&answers, work).await,
            (Task::Open(opened), _) => {
                ready.push(Task::Open(Arc::clone(&opened)));
                ready.append(&mut early);
                core = Some(opened);
            }
            (Task::Broken(words), _) => {
                broken = Some(words);
                ready.append(&mut early);
            }
            (task, Some(_)) => ready.push(task),
            (task, None) if broken.is_some() => ready.push(task),
            (task, None) => early.push(task),
        }
        for task in ready {
            match core.clone() {
                Some(core) => off_thread(&answers, move || perform(&*core, task)).await,
                None => {
                    if let Some(answer) = broken.as_ref().and_then(|words| in_vain(task, words)) {
                        let _ = answers.send(answer);
                    }
                }
            }
        }
    }
}

/// Does work off the console's thread, and hands on what comes of it.
async fn off_thread(
    answers: &mpsc::UnboundedSender<Answer>,
    work: impl FnOnce() -> Vec<Answer> + Send + 'static,
) {
    let done = tokio::task::spawn_blocking(work).await;
    let list = done.unwrap_or_else(|panic| {
        let words = format!("something broke down: {panic}");
        vec![Answer::Said(Level::Error, words)]
    });
    for answer in list {
        let _ = answers.send(answer);
    }
}

/// What is said of a task where there is no queue to do it.
fn in_vain(task: Task, words: &Clean) -> Option<Answer> {
    match task {
        Task::Keep(key, _) => Some(Answer::Kept(key, Err(words.clone()))),
        Task::Save(account) => Some(Answer::AccountSaved(account, Err(words.clone()))),
        _ => None,
    }
}

fn perform(core: &dyn Core, task: Task) -> Vec<Answer> {
    let said = |level, words| vec![Answer::Said(level, words)];
    match task {
        Task::Open(_) => match core.drafts() {
            Ok((list, problems)) => {
                let problems = problems.into_iter();
                let told = problems.map(|words| Answer::Said(Level::Error, words));
                std::iter::once(Answer::Drafts(list)).chain(told).collect()
            }
            Err(words) => said(
                Level::Error,
                format!("the kept drafts cannot be read: {words}"),
            ),
        },
        Task::Keep(key, draft) => {
            let result = core.keep(&key, &draft).map_err(Clean::from);
            vec![Answer::Kept(key, result)]
        }
        Task::Forget(key) => match core.forget(&key) {
            Ok(()) => Vec::new(),
            Err(words) => said(Level::Error, format!("the draft is still on disk: {words}")),
        },
        Task::Act(verb) => match core.act(verb) {
            Ok(()) => Vec::new(),
            Err(words) => said(Level::Warning, words),
        },
        Task::Read(id, edit) => vec![Answer::Read(id, core.message(id), edit)],
        Task::ReadAttempts(id) => vec![Answer::Attempts(id, core.conversations(id))],
        Task::Save(account) => {
            let saved = core.save_account(&account).map_err(Clean::from);
            let accounts = Answer::Accounts(core.accounts());
            vec![accounts, Answer::AccountSaved(account, saved)]
        }
        Task::Aside(work) => work(),
        Task::Done(_) | Task::Broken(_) => Vec::new(),
    }
}
