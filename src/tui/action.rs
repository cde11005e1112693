//! Everything that a key can mean. The key map, the hints and the help are made from this table; no key is named elsewhere.

use std::fmt;
use std::str::FromStr;

/// A part of the key map. Keys are looked up in the screen's own part first, then in [`Context::Everywhere`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Keys that work wherever no text is being typed.
    Everywhere,
    /// Moving in lists and texts.
    List,
    /// Typing in Compose; only these keys are not text.
    Typing,
    /// The field level of Compose, where letters are commands.
    Fields,
    /// The last look before sending.
    Review,
    /// The queue's table.
    Queue,
    /// The table of what has left the queue.
    Done,
    /// The form of a probe; only these keys are not text.
    Form,
    /// The remedies that a probe offers.
    Mend,
    /// A probe, while it does nothing.
    Probe,
    /// A probe that is under way.
    Walking,
    /// The ports of a host.
    Ports,
    /// What a run is compared with.
    Compare,
    /// One message.
    Detail,
    /// A transcript.
    Transcript,
    /// What was said on a walk.
    Conversation,
    /// The kept drafts.
    Drafts,
    /// A one-line question such as a filter or a path.
    Prompt,
    /// A one-line question on which nothing can be completed: a password, a name.
    Answer,
    /// The question before leaving.
    Leave,
    /// The help.
    Help,
}

impl Context {
    /// Every part, in the order of the help.
    pub const ALL: [Self; 21] = [
        Self::Typing,
        Self::Fields,
        Self::Review,
        Self::Queue,
        Self::Done,
        Self::Form,
        Self::Mend,
        Self::Probe,
        Self::Walking,
        Self::Ports,
        Self::Compare,
        Self::Detail,
        Self::Transcript,
        Self::Conversation,
        Self::Drafts,
        Self::Prompt,
        Self::Answer,
        Self::Leave,
        Self::Help,
        Self::List,
        Self::Everywhere,
    ];

    /// The name of the part in the key map file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "list",
            Self::Typing => "typing",
            Self::Fields => "fields",
            Self::Review => "review",
            Self::Queue => "queue",
            Self::Done => "done",
            Self::Form => "form",
            Self::Mend => "mend",
            Self::Probe => "probe",
            Self::Walking => "walking",
            Self::Ports => "ports",
            Self::Compare => "compare",
            Self::Detail => "detail",
            Self::Transcript => "transcript",
            Self::Conversation => "conversation",
            Self::Drafts => "drafts",
            Self::Prompt => "prompt",
            Self::Answer => "answer",
            Self::Leave => "leave",
            Self::Help => "help",
        }
    }

    /// The heading of the part in the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::List => "moving",
            Self::Typing => "typing",
            Self::Fields => "fields of the message",
            Self::Review => "review",
            Self::Queue => "queue",
            Self::Done => "done",
            Self::Form => "form of the probe",
            Self::Mend => "fixes",
            Self::Probe => "probe",
            Self::Walking => "while a probe runs",
            Self::Ports => "ports of the host",
            Self::Compare => "comparing",
            Self::Detail => "message",
            Self::Transcript => "transcript",
            Self::Conversation => "conversation of a probe",
            Self::Drafts => "drafts",
            Self::Prompt => "question",
            Self::Answer => "answer",
            Self::Leave => "leaving",
            Self::Help => "help",
        }
    }

    /// Whether plain characters are text here and never commands.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Typing | Self::Form | Self::Prompt | Self::Answer | Self::Help
        )
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident $name:literal $hint:literal $help:literal;)*) => {
        /// What a key can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $help] $variant,)*
        }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the key map file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One or two words for the key line; empty where it is not worth a place there.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }

            /// What it does, for the help.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

actions! {
    Open "open" "open" "open the selected line";
    Back "back" "back" "go back, or clear the filter";
    Up "up" "" "the line above";
    Down "down" "" "the line below";
    PageUp "page-up" "" "half a page up";
    PageDown "page-down" "" "half a page down";
    First "first" "" "the first line";
    Last "last" "" "the last line";
    NextMatch "next-match" "" "the next match";
    PrevMatch "prev-match" "" "the previous match";

    RetryNow "retry-now" "retry now" "try now, whatever the schedule says";
    Hold "hold" "hold" "hold it back, or release it";
    Drop "drop" "drop" "take it out of the queue; undo brings it back";
    Edit "edit" "edit" "take it as a new draft: edit and send again";
    Transcript "transcript" "transcript" "read what was said to the server";
    Filter "filter" "filter" "show only lines with these words";
    PauseQueue "pause-queue" "" "pause the whole queue, or resume it";
    RetryAll "retry-all" "" "try everything now";
    Pane "pane" "" "show or hide the lower pane";
    Freeze "freeze" "" "freeze the view; the queue goes on";
    Undo "undo" "undo" "take back the last drop or hold";

    FixA "fix-a" "fix & run" "apply the first fix and run again";
    FixB "fix-b" "" "apply the second fix and run again";
    FixC "fix-c" "" "apply the third fix and run again";
    FixD "fix-d" "" "apply the fourth fix and run again";
    FixE "fix-e" "" "apply the fifth fix and run again";
    Run "run" "run" "walk to the smart host with what the form says";
    LookAround "look-around" "ports" "look what there is at the host's mail ports";
    SaveAccount "save-account" "save account" "keep what the form says as an account";
    OlderRun "older-run" "runs" "the run before";
    NewerRun "newer-run" "" "the run after";
    Compare "compare" "compare" "compare with another run, host or family of addresses";
    CompareThis "compare-this" "compare" "compare with this";
    CompareGood "compare-good" "last good run" "compare with the last run that went well";
    CompareOther "compare-other" "other host" "walk to this host and to another one, and compare";
    CompareFamilies "compare-families" "IPv4 & IPv6" "walk to this host over IPv4 and over IPv6, and compare";
    WritePage "write-page" "page" "write this run into a new file, as a page for a ticket";
    TakeNear "take-near" "" "take the name that was probably meant";
    WaitLonger "wait-longer" "wait longer" "let this reply take half a minute more";
    Cancel "cancel" "cancel" "end it here";
    ProbeHost "probe-host" "probe host" "probe the smart host of this message";

    PrevAttempt "prev-attempt" "attempt" "the attempt before";
    NextAttempt "next-attempt" "" "the attempt after";
    Follow "follow" "follow" "follow the last line while it grows";
    Unfold "unfold" "" "fold or unfold replies of several lines";
    Wrap "wrap" "wrap" "wrap long lines";
    Find "find" "find" "find words";
    Copy "copy" "copy" "copy this line";
    CopyAll "copy-all" "copy all" "copy everything shown here";
    View "view" "view" "the next way to look at it";

    NextField "next-field" "next field" "the next field";
    PrevField "prev-field" "" "the field before";
    StepOut "step-out" "fields" "leave typing: letters become commands";
    Review "review" "review & send" "look it over, then send it";
    Attach "attach" "attach" "attach a file";
    Detach "detach" "" "take the last attachment off";
    Editor "editor" "editor" "write the text in your own editor";
    NextAccount "next-account" "account" "use the next account";
    ToFrom "to-from" "from" "go to From";
    ToTo "to-to" "to" "go to To";
    ToCc "to-cc" "cc" "go to Cc";
    ToBcc "to-bcc" "bcc" "go to Bcc";
    ToReplyTo "to-reply-to" "" "go to Reply-To";
    ToSubject "to-subject" "subject" "go to Subject";
    ToBody "to-body" "text" "go to the text";
    OpenDrafts "open-drafts" "drafts" "open another kept draft";
    Send "send" "send" "send it now";

    Left "left" "" "one character left";
    Right "right" "" "one character right";
    WordLeft "word-left" "" "one word left";
    WordRight "word-right" "" "one word right";
    LineStart "line-start" "" "the start of the line";
    LineEnd "line-end" "" "the end of the line";
    Erase "erase" "" "erase the character before";
    EraseNext "erase-next" "" "erase the character behind";
    EraseWord "erase-word" "" "erase the word before";
    EraseNextWord "erase-next-word" "" "erase the word behind";
    EraseToStart "erase-to-start" "" "erase to the start of the line";
    EraseToEnd "erase-to-end" "" "erase to the end of the line";
    Yank "yank" "" "put back what was erased last";
    TakeBack "take-back" "" "take back the last change of the text";
    Again "again" "" "make it again";
    Complete "complete" "complete" "complete what was typed; again for the next that fits";
    Accept "accept" "accept" "accept what was typed";
    NewLine "new-line" "" "a new line, or the next field";

    NewMessage "new-message" "compose" "write a message";
    GoCompose "go-compose" "" "Compose";
    GoQueue "go-queue" "" "Queue";
    GoDone "go-done" "" "Done";
    GoProbe "go-probe" "" "Probe";
    NextScreen "next-screen" "" "the next screen";
    PrevScreen "prev-screen" "" "the screen before";
    Help "help" "keys" "all keys of this screen";
    Redraw "redraw" "" "draw the screen anew";
    Suspend "suspend" "" "go to the background; fg comes back";
    Leave "leave" "leave" "leave; asks when mail is still waiting";

    Wait "wait" "wait until done" "stay until everything is settled, then leave";
    KeepAndLeave "keep-and-leave" "keep as drafts" "leave; what waits stays in the spool or becomes drafts";
    LoseAndLeave "lose-and-leave" "lose it" "leave and lose what waits";
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL
            .iter()
            .copied()
            .find(|action| action.name() == name);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|action| action.name()).collect();
            format!(
                "unknown action {name:?}, expected none, {}",
                names.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::HashSet<_> =
            Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
        }
    }
}
