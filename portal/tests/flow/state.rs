//! The state as several portals share it: exact under concurrency, made by whoever comes first, cleaned up by all.

use std::{sync::Arc, thread};

use sealpost_portal::{
    config::Settings,
    state::{
        Digest, Ended, Limit, NewPasscode, PasscodeBinding, Progress, ProofWay, ProvedAddress, State,
        SubmissionKeys, SubmissionTimes, Verdict,
    },
};
use tokio::runtime::Runtime;

use crate::site::{START, set_up};

/// Portals that share a database, each with a runtime and connections of its own, as processes have.
struct Portals {
    all: Vec<Arc<(Runtime, State)>>,
    _directory: tempfile::TempDir,
}

impl Portals {
    /// Starts three at once on an empty database.
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        set_up(directory.path(), "127.0.0.1:25", "[server]\npublic_url = 'https://portal.example.org'\n");
        let settings = Settings::load(&directory.path().join("portal.toml")).unwrap();
        let start = || {
            let settings = settings.state.clone();
            thread::spawn(move || {
                let runtime = Runtime::new().unwrap();
                let state = runtime.block_on(State::open(&settings)).unwrap();
                Arc::new((runtime, state))
            })
        };
        let starting: Vec<_> = (0..3).map(|_| start()).collect();
        let all = starting.into_iter().map(|portal| portal.join().unwrap()).collect();
        Self { all, _directory: directory }
    }

    /// Does `work` so many times on each of them, all at the same time; gives what came of it.
    fn at_once<T, F>(
        &self,
        times: u64,
        work: impl Fn(State, u64) -> F + Send + Sync + Copy + 'static,
    ) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let running = self.all.iter().zip(0..).map(|(portal, number): (_, u64)| {
            let portal = Arc::clone(portal);
            thread::spawn(move || {
                let (runtime, state) = &*portal;
                let tasks = (0..times).map(|i| runtime.spawn(work(state.clone(), number * times + i)));
                let tasks: Vec<_> = tasks.collect();
                tasks.into_iter().map(|task| runtime.block_on(task).unwrap()).collect::<Vec<_>>()
            })
        });
        let running: Vec<_> = running.collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    }

    /// Does `work` once.
    fn once<T, F: Future<Output = T>>(&self, work: impl FnOnce(State) -> F) -> T {
        let (runtime, state) = &*self.all[0];
        runtime.block_on(work(state.clone()))
    }
}

fn digest(byte: u8) -> Digest {
    [byte; 32]
}

const BINDING: PasscodeBinding = PasscodeBinding { browser: [1; 32], envelope: [2; 32], address: [3; 32] };

const ANSWER: SubmissionKeys = SubmissionKeys { begun: [6; 32], sent: [7; 32], content: [8; 32] };

/// The same page, changed.
const CHANGED: SubmissionKeys = SubmissionKeys { content: [9; 32], ..ANSWER };

const TIMES: SubmissionTimes = SubmissionTimes { under_way: 100, sent: 1000 };

fn passcode(code: u8, tries: u32, expires: u64) -> NewPasscode {
    NewPasscode { binding: BINDING, code: digest(code), tries, expires }
}

#[test]
fn as_many_requests_get_through_as_the_limit_says() {
    let portals = Portals::start();
    // Limits in any order, so that portals that lock what they count could wait for each other.
    let verdicts = portals.at_once(60, |state, number| async move {
        let mut limits =
            vec![Limit { subject: digest(1), most: 7 }, Limit { subject: digest(2), most: 100_000 }];
        limits.rotate_left(usize::try_from(number % 2).unwrap());
        state.count_request(&limits, START, 3600).await.unwrap()
    });
    let within = verdicts.iter().filter(|&&verdict| verdict == Verdict::Within).count();
    assert_eq!((verdicts.len(), within), (180, 7));
}

#[test]
fn a_passcode_has_as_many_tries_as_it_was_given_whoever_counts() {
    let portals = Portals::start();
    for tries in 1..=4 {
        portals.once(|state| async move {
            state.add_passcode(&passcode(9, tries, START + 60)).await.unwrap();
            state.add_passcode(&passcode(8, 100_000, START + 60)).await.unwrap();
        });
        // Wrong ones at the same time, fewer than the tries of one of the two.
        let wrong = portals.at_once(20, |state, _| async move {
            state.use_passcode(&BINDING, &digest(7), START).await.unwrap()
        });
        assert!(wrong.iter().all(|&right| !right));
        let void = portals.once(|state| async move { state.use_passcode(&BINDING, &digest(9), START).await });
        assert!(!void.unwrap(), "void after {tries} tries");
        // Right ones at the same time: one of them is the first.
        let right = portals.at_once(5, |state, _| async move {
            state.use_passcode(&BINDING, &digest(8), START).await.unwrap()
        });
        assert_eq!(right.iter().filter(|&&right| right).count(), 1);
    }
}

/// However many portals are asked to send an answer, one does; and nobody says that it was sent before it was.
#[test]
fn an_answer_is_taken_on_by_one_portal() {
    let portals = Portals::start();
    let begin_as = |keys: &'static SubmissionKeys, now: u64, is_warned: bool| {
        let found = portals.at_once(40, move |state, _| async move {
            state.begin_submission(keys, now, TIMES, is_warned).await.unwrap()
        });
        [Progress::Idle, Progress::UnderWay, Progress::Unknown, Progress::Sent, Progress::SentOther]
            .map(|progress| found.iter().filter(|&&found| found == progress).count())
    };
    let begin = |now| begin_as(&ANSWER, now, false);
    let end = |ended| {
        portals
            .once(|state| async move { state.end_submission(&ANSWER, START, TIMES, ended).await.unwrap() });
    };
    assert_eq!(begin(START), [1, 119, 0, 0, 0]);
    assert_eq!(begin(START + 99), [0, 120, 0, 0, 0]);
    end(Ended::NotSent);
    assert_eq!(begin(START), [1, 119, 0, 0, 0], "given back");
    // Its portal was killed: all are told that nobody knows, and of those who have been told one sends it.
    assert_eq!(begin(START + 100), [0, 0, 120, 0, 0]);
    assert_eq!(begin_as(&ANSWER, START + 100, true), [1, 119, 0, 0, 0]);
    // Or the gateway did not say.
    end(Ended::Unknown);
    assert_eq!(begin(START), [0, 0, 120, 0, 0]);
    assert_eq!(begin_as(&ANSWER, START, true), [1, 119, 0, 0, 0]);
    end(Ended::Sent);
    for is_warned in [true, false] {
        assert_eq!(begin_as(&ANSWER, START + 999, is_warned), [0, 0, 0, 120, 0]);
        assert_eq!(begin_as(&CHANGED, START + 999, is_warned), [0, 0, 0, 0, 120]);
    }
    assert_eq!(begin(START + 1000), [1, 119, 0, 0, 0], "forgotten after the window");
}

/// Who looks how far an answer has come never finds it neither under way nor sent, while that changes.
#[test]
fn an_answer_that_was_sent_was_under_way_before() {
    let portals = Portals::start();
    for _ in 0..10 {
        portals
            .once(|state| async move { state.begin_submission(&ANSWER, START, TIMES, false).await.unwrap() });
        let found = portals.at_once(20, |state, number| async move {
            if number == 30 {
                state.end_submission(&ANSWER, START, TIMES, Ended::Sent).await.unwrap();
            }
            state.submission(&ANSWER, START, TIMES).await.unwrap()
        });
        assert!(found.iter().all(|found| matches!(found, Progress::UnderWay | Progress::Sent)), "{found:?}");
        assert_eq!(found[30], Progress::Sent);
        portals.once(|state| async move { state.clean_up(START + 1000, 1000).await.unwrap() });
    }
}

#[test]
fn what_ends_once_ends_once() {
    let portals = Portals::start();
    let ended = portals.at_once(5, |state, _| async move {
        (state.end_sign_in(&digest(4), START).await.unwrap(), state.revoke(&digest(5), START).await.unwrap())
    });
    assert_eq!(ended.iter().filter(|(first, _)| *first).count(), 1);
    assert_eq!(ended.iter().filter(|(_, first)| *first).count(), 1);
    let (revoked, restored) = portals.once(|state| async move {
        (state.is_revoked(&digest(5)).await.unwrap(), state.restore(&digest(5)).await.unwrap())
    });
    assert!(revoked && restored);
}

#[test]
fn all_may_clean_up_while_readers_come() {
    let portals = Portals::start();
    let failures = portals.at_once(60, |state, number| async move {
        let proved = ProvedAddress { address: digest(1), way: ProofWay::Provider };
        let mut token = digest(0);
        token[..8].copy_from_slice(&number.to_be_bytes());
        let done = async {
            state.add_passcode(&passcode(9, 5, START + number % 3)).await?;
            state.add_session(&token, &proved, START + number % 3).await?;
            state.clean_up(START + 1, 3600).await?;
            state.use_passcode(&BINDING, &digest(7), START).await?;
            state.session(&token, START + 1).await
        };
        match done.await {
            Ok(session) => (session.is_some() != (number % 3 == 2)).then(|| format!("session {number}")),
            Err(cause) => Some(cause.to_string()),
        }
    });
    assert_eq!(failures.into_iter().flatten().collect::<Vec<_>>(), Vec::<String>::new());
    portals.once(|state| async move {
        state.clean_up(START + 100, 60).await.unwrap();
        assert!(!state.use_passcode(&BINDING, &digest(9), START).await.unwrap(), "all are gone");
    });
}
