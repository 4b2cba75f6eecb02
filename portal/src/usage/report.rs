//! What is shown of the figures: numbers from `[usage] smallest_shown` on, and nothing of smaller ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use metrics::{counter, describe_counter, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use super::{Counts, DAY, Usage};

/// The groups of figures, in the order in which they are shown: what their kinds begin with, and their heading.
const GROUPS: [(&str, &str); 4] = [
    ("message", "Messages viewed"),
    ("sign-in/", "Sign-ins"),
    ("browser/", "Browsers that messages were opened with"),
    ("error/", "Requests that were refused or failed, by reason"),
];

/// The figures of some days, as they may be shown.
pub struct Report {
    /// The smallest number that is shown.
    pub smallest: u64,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The groups that there are numbers of.
    pub groups: Vec<Group>,
}

/// Figures that belong together.
pub struct Group {
    /// Its heading.
    pub title: &'static str,
    /// Its kinds that have a number to be shown.
    pub series: Vec<Series>,
}

/// The numbers of one kind.
pub struct Series {
    /// What is counted.
    pub kind: String,
    /// The same for people.
    pub name: String,
    /// A number for each day; `None` is fewer than the smallest that is shown, or nothing.
    pub days: Vec<(String, Option<u64>)>,
}

impl Series {
    /// The sum of the numbers that are shown. There may be more: what is not shown is not in it.
    #[must_use]
    pub fn at_least(&self) -> u64 {
        self.days.iter().filter_map(|(_, count)| *count).sum()
    }

    /// For each day, the height of a bar out of `height`.
    #[must_use]
    pub fn bars(&self, height: u64) -> Vec<u64> {
        let most = self.days.iter().filter_map(|(_, count)| *count).max().unwrap_or(0).max(1);
        self.days.iter().map(|(_, count)| count.unwrap_or(0).saturating_mul(height).div_ceil(most)).collect()
    }
}

impl Report {
    /// Makes the report of the days from `first` to `last`.
    #[must_use]
    pub fn new(counts: &Counts, first: u64, last: u64, smallest: u64) -> Self {
        let mut kinds: BTreeMap<&str, BTreeMap<u64, u64>> = BTreeMap::new();
        for ((day, kind), &count) in counts {
            if (first..=last).contains(day) && count >= smallest.max(1) {
                kinds.entry(kind).or_default().insert(*day, count);
            }
        }
        let series = |(kind, days): (&&str, &BTreeMap<u64, u64>)| Series {
            kind: (*kind).to_owned(),
            name: name(kind),
            days: (first..=last).map(|day| (date(day), days.get(&day).copied())).collect(),
        };
        let group = |(prefix, title): (&str, &'static str)| {
            let of_group = kinds.iter().filter(|(kind, _)| kind.starts_with(prefix));
            Group { title, series: of_group.map(series).collect() }
        };
        let groups = GROUPS.into_iter().map(group).filter(|group| !group.series.is_empty()).collect();
        Self { smallest, from: date(first), to: date(last), groups }
    }

    /// The report for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let day = |(day, count): &(String, Option<u64>)| Some(json!({ "day": day, "count": (*count)? }));
        let series = |series: &Series| {
            let days: Vec<_> = series.days.iter().filter_map(day).collect();
            json!({ "kind": series.kind, "days": days, "at_least": series.at_least() })
        };
        let figures: Vec<_> = self.groups.iter().flat_map(|group| &group.series).map(series).collect();
        json!({ "smallest_shown": self.smallest, "from": self.from, "to": self.to, "figures": figures })
    }

    /// The report for people.
    #[must_use]
    pub fn to_text(&self) -> String {
        let head = format!("{} to {}; numbers below {} are not shown", self.from, self.to, self.smallest);
        let mut lines = vec![head];
        for group in &self.groups {
            lines.extend([String::new(), group.title.to_owned()]);
            for series in &group.series {
                lines.push(format!("  {}: at least {}", series.name, series.at_least()));
                let shown = series.days.iter().filter_map(|(day, count)| Some((day, (*count)?)));
                lines.extend(shown.map(|(day, count)| format!("    {day}  {count}")));
            }
        }
        if self.groups.is_empty() {
            lines.extend([String::new(), "nothing to be shown".to_owned()]);
        }
        lines.join("\n") + "\n"
    }
}

/// The date of a day.
fn date(day: u64) -> String {
    let second = i64::try_from(day.saturating_mul(DAY)).unwrap_or(i64::MAX);
    Timestamp::from_second(second).map_or_else(|_| "?".to_owned(), |day| day.strftime("%Y-%m-%d").to_string())
}

/// A kind as people say it.
fn name(kind: &str) -> String {
    match kind.split_once('/') {
        None => "all".to_owned(),
        Some((_, name)) => name.strip_prefix("provider/").unwrap_or(name).to_owned(),
    }
}

/// The numbers since the start in Prometheus' text format, in steps of the smallest that is shown: so no two samples tell
/// of fewer than that.
pub(super) fn metrics(usage: &Usage, smallest: u64) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        describe_counter!("sealpost_portal_messages_total", "Messages viewed.");
        describe_counter!(
            "sealpost_portal_sign_ins_total",
            "Sign-ins, by way (passcode, or a provider's name)."
        );
        describe_counter!("sealpost_portal_opens_total", "Messages opened, by browser family.");
        describe_counter!("sealpost_portal_errors_total", "Requests refused or failed, by reason.");
        gauge!("sealpost_portal_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        for (kind, count) in usage.since_start() {
            let steps = count - count % smallest.max(1);
            let label = name(&kind);
            match kind.split_once('/').map_or("message", |(group, _)| group) {
                "sign-in" => counter!("sealpost_portal_sign_ins_total", "way" => label).absolute(steps),
                "browser" => counter!("sealpost_portal_opens_total", "browser" => label).absolute(steps),
                "error" => counter!("sealpost_portal_errors_total", "reason" => label).absolute(steps),
                _ => counter!("sealpost_portal_messages_total").absolute(steps),
            }
        }
    });
    handle.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(counts: &[(u64, &str, u64)]) -> Report {
        let counts = counts.iter().map(|&(day, kind, count)| ((day, kind.to_owned()), count)).collect();
        Report::new(&counts, 20_000, 20_002, 5)
    }

    #[test]
    fn small_numbers_are_in_no_figure_and_no_sum() {
        let report = report(&[
            (19_999, "message", 100),
            (20_000, "message", 7),
            (20_001, "message", 4),
            (20_002, "message", 5),
            (20_001, "error/gone", 3),
            (20_002, "error/gone", 4),
            (20_002, "sign-in/provider/google", 9),
            (20_003, "sign-in/passcode", 9),
        ]);
        let json = report.to_json();
        let expected = json!({
            "smallest_shown": 5, "from": "2024-10-04", "to": "2024-10-06",
            "figures": [
                { "kind": "message", "at_least": 12,
                  "days": [{ "day": "2024-10-04", "count": 7 }, { "day": "2024-10-06", "count": 5 }] },
                { "kind": "sign-in/provider/google", "at_least": 9,
                  "days": [{ "day": "2024-10-06", "count": 9 }] },
            ],
        });
        assert_eq!(json, expected);
        let text = report.to_text();
        assert!(text.contains("all: at least 12") && text.contains("google: at least 9"), "{text}");
        assert!(!text.contains("gone"), "{text}");
        assert_eq!(report.groups[0].series[0].bars(100), [100, 0, 72]);
        assert!(super::Report::new(&Counts::new(), 1, 2, 5).to_text().contains("nothing"));
    }

    #[test]
    fn metrics_go_in_steps() {
        let usage = Usage::default();
        for _ in 0..14 {
            usage.count(1, super::super::Figure::Message);
        }
        for _ in 0..4 {
            usage.count(1, super::super::Figure::Error("gone"));
        }
        let text = metrics(&usage, 5);
        assert!(text.contains("sealpost_portal_messages_total 10\n"), "{text}");
        assert!(text.contains("sealpost_portal_errors_total{reason=\"gone\"} 0\n"), "{text}");
    }
}
