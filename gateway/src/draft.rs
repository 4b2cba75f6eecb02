//! A plan in the making: who is still to get something, and who gets the same.

use std::sync::Arc;

use crate::{
    decide::{Archive, Decision, Treatment},
    error::PlanError,
    parse::HeaderSection,
    plan::{Plan, Took},
    receive::Received,
};

/// A plan in the making.
pub(crate) struct Draft<'a> {
    pub(crate) received: &'a Received,
    pub(crate) header: &'a HeaderSection<'a>,
    pub(crate) recipients: &'a [&'a str],
    /// For each recipient, whether nothing speaks against him so far.
    open: Vec<bool>,
    /// The mail is a carrier mail of our own.
    pub(crate) is_own: bool,
    pub(crate) plan: Plan,
}

impl<'a> Draft<'a> {
    /// Begins with the decisions, and nothing going out.
    pub(crate) fn new(
        received: &'a Received,
        header: &'a HeaderSection<'a>,
        recipients: &'a [&'a str],
        decisions: Vec<Decision>,
        message_id: String,
        took: Took,
    ) -> Self {
        let open = vec![true; decisions.len()];
        let plan = Plan {
            decisions,
            message_id,
            refused: Vec::new(),
            groups: Vec::new(),
            copies: Vec::new(),
            notices: Vec::new(),
            took,
        };
        Self { received, header, recipients, open, is_own: false, plan }
    }

    /// Has these recipients told that they get nothing, and why.
    pub(crate) fn refuse(&mut self, places: &[usize], error: &PlanError) {
        let reply = error.reply();
        for place in places {
            if let Some(open) = self.open.get_mut(*place).filter(|open| **open) {
                *open = false;
                self.plan.refused.push((*place, reply.clone()));
            }
        }
    }

    /// Refuses those whom the policy rejects.
    pub(crate) fn refuse_rejected(&mut self) {
        let rejected = self.plan.decisions.iter().enumerate().filter_map(|(place, decision)| {
            let Treatment::Reject(rejection) = &decision.treatment else { return None };
            let rejection = Arc::clone(rejection);
            Some((place, PlanError::Rejected { rule: Arc::clone(&decision.rule), rejection }))
        });
        for (place, error) in rejected.collect::<Vec<_>>() {
            self.refuse(&[place], &error);
        }
    }

    /// Gives the decisions for those who are not refused.
    pub(crate) fn open_decisions(&self) -> impl Iterator<Item = (usize, &Decision)> {
        let decisions = self.plan.decisions.iter().enumerate();
        decisions.filter(|(place, _)| self.open.get(*place).is_some_and(|open| *open))
    }

    /// Puts together who gets the same; sealed mails first.
    pub(crate) fn groups(&self) -> Vec<(Vec<usize>, Decision)> {
        let mut groups: Vec<(Vec<usize>, &Decision)> = Vec::new();
        for (place, decision) in self.open_decisions() {
            let same =
                |other: &Decision| (&other.treatment, &other.edits) == (&decision.treatment, &decision.edits);
            match groups.iter_mut().find(|(_, other)| same(other)) {
                Some((places, _)) => places.push(place),
                None => groups.push((vec![place], decision)),
            }
        }
        groups.sort_by_key(|(_, decision)| !matches!(decision.treatment, Treatment::Seal(_)));
        groups.into_iter().map(|(places, decision)| (places, decision.clone())).collect()
    }

    /// Puts together of whose mail each archive gets a copy.
    pub(crate) fn archives(&self) -> Vec<(Arc<Archive>, Vec<usize>)> {
        let mut archives: Vec<(Arc<Archive>, Vec<usize>)> = Vec::new();
        for (place, decision) in self.open_decisions() {
            for archive in &decision.archive {
                match archives.iter_mut().find(|(other, _)| other == archive) {
                    Some((_, places)) => places.push(place),
                    None => archives.push((Arc::clone(archive), vec![place])),
                }
            }
        }
        archives
    }
}
