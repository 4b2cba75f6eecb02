//! Holds what a stage found, and prints it: for people, or as JSON.

use std::io;

use serde_json::{Value, json};

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) what: String,
    pub(crate) todo: String,
}

impl Fault {
    pub(crate) fn new(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what: what.into(), todo: todo.into() }
    }
}

/// One stage of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
}

/// What a stage found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Pass(String),
    /// Something is not.
    Fail(Vec<Fault>),
    /// It could not be looked at, or there is nothing to look at.
    Skip(String),
}

impl Stage {
    pub(crate) fn pass(name: &'static str, note: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Pass(note.into()) }
    }

    pub(crate) fn skip(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Skip(reason.into()) }
    }

    pub(crate) fn fail(name: &'static str, what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail(vec![Fault::new(what, todo)]) }
    }

    /// Passes with the note, if there is no fault.
    pub(crate) fn of(name: &'static str, faults: Vec<Fault>, note: impl Into<String>) -> Self {
        if faults.is_empty() {
            return Self::pass(name, note);
        }
        Self { name, verdict: Verdict::Fail(faults) }
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.verdict, Verdict::Fail(_))
    }

    fn to_json(&self) -> Value {
        let (verdict, note, faults) = match &self.verdict {
            Verdict::Pass(note) => ("PASS", note.as_str(), &[][..]),
            Verdict::Skip(reason) => ("SKIP", reason.as_str(), &[][..]),
            Verdict::Fail(faults) => ("FAIL", "", faults.as_slice()),
        };
        let faults: Vec<Value> =
            faults.iter().map(|fault| json!({ "what": fault.what, "todo": fault.todo })).collect();
        json!({ "stage": self.name, "verdict": verdict, "note": note, "faults": faults })
    }

    fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let name = self.name;
        match &self.verdict {
            Verdict::Pass(note) => writeln!(out, "PASS  {name:<12} {note}"),
            Verdict::Skip(reason) => writeln!(out, "SKIP  {name:<12} {reason}"),
            // What mends several faults in a row is said once.
            Verdict::Fail(faults) => {
                faults.chunk_by(|one, next| one.todo == next.todo).try_for_each(|alike| {
                    alike.iter().try_for_each(|fault| writeln!(out, "FAIL  {name:<12} {}", fault.what))?;
                    alike
                        .first()
                        .map_or(Ok(()), |one| writeln!(out, "      {:<12} {}", "what to do:", one.todo))
                })
            }
        }
    }
}

/// Prints all stages; as JSON in one line.
///
/// # Errors
/// Those of the writer.
pub(crate) fn write(stages: &[Stage], json: bool, out: &mut impl io::Write) -> io::Result<()> {
    let ok = !stages.iter().any(Stage::has_failed);
    if json {
        let stages: Vec<Value> = stages.iter().map(Stage::to_json).collect();
        return writeln!(out, "{}", json!({ "ok": ok, "stages": stages }));
    }
    stages.iter().try_for_each(|stage| stage.write(out))?;
    let count = |wanted: fn(&Verdict) -> bool| stages.iter().filter(|stage| wanted(&stage.verdict)).count();
    writeln!(
        out,
        "{} passed, {} failed, {} skipped",
        count(|verdict| matches!(verdict, Verdict::Pass(_))),
        count(|verdict| matches!(verdict, Verdict::Fail(_))),
        count(|verdict| matches!(verdict, Verdict::Skip(_)))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Stage> {
        let faults = vec![
            Fault::new("one thing", "mend it"),
            Fault::new("another", "mend it too"),
            Fault::new("a third", "mend it too"),
        ];
        vec![Stage::pass("keys", "fine"), Stage::of("sizes", faults, ""), Stage::skip("mail", "no --to")]
    }

    #[test]
    fn text_tells_what_to_do() {
        let mut out = Vec::new();
        write(&sample(), false, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "PASS  keys         fine\n\
             FAIL  sizes        one thing\n      what to do:  mend it\n\
             FAIL  sizes        another\nFAIL  sizes        a third\n      what to do:  mend it too\n\
             SKIP  mail         no --to\n1 passed, 1 failed, 1 skipped\n"
        );
    }

    #[test]
    fn json_has_the_same() {
        let mut out = Vec::new();
        write(&sample(), true, &mut out).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["ok"], false);
        assert_eq!(value["stages"][1]["verdict"], "FAIL");
        assert_eq!(value["stages"][1]["faults"][1]["todo"], "mend it too");
        assert_eq!(value["stages"][2]["note"], "no --to");
    }
}
