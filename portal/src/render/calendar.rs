//! Reads calendar invitations (RFC 5545) as far as a page shows them: what, when, where, who.
//!
//! Only events are read; rules of repetition are named, not worked out, and zones are those of the zone database: where a
//! calendar brings a zone of its own, the time is shown as written, with that zone's name.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::header::shown;
use super::moment::When;
use super::view::Mailbox;

/// Largest calendar that is read.
pub(super) const MAX_BYTES: usize = 256 << 10;
/// Most events of one calendar that are shown.
const MAX_EVENTS: usize = 5;
/// Most people of one event that are shown.
const MAX_PEOPLE: usize = 50;
/// Longest description, in characters.
const MAX_TEXT: usize = 4000;

/// What a calendar wants of its reader (RFC 5546).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// To be told of an event.
    #[default]
    Publish,
    /// To come.
    Request,
    /// To know who comes.
    Reply,
    /// Not to come.
    Cancel,
    /// To think about another time.
    Counter,
}

/// How often an event is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Every day, or every so many days.
    Daily,
    /// In weeks.
    Weekly,
    /// In months.
    Monthly,
    /// In years.
    Yearly,
    /// In some other way.
    Otherwise,
}

/// One event.
#[derive(Clone, Default)]
pub struct Event {
    /// What the calendar wants.
    pub method: Method,
    /// What it is.
    pub summary: String,
    /// When it begins.
    pub start: Option<Moment>,
    /// When it ends.
    pub end: Option<Moment>,
    /// Where it is.
    pub location: String,
    /// Who asks.
    pub organizer: Option<Mailbox>,
    /// Who is asked, and what he has answered.
    pub attendees: Vec<(Mailbox, Answer)>,
    /// How many more are asked.
    pub more_attendees: usize,
    /// What there is to know about it.
    pub description: String,
    /// How often it is repeated.
    pub repeats: Option<Repeats>,
    /// Whether it was called off.
    pub cancelled: bool,
}

/// What somebody has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    None,
    /// He comes.
    Accepted,
    /// He does not come.
    Declined,
    /// He may come.
    Tentative,
}

/// A moment of an event.
#[derive(Clone, Default)]
pub struct Moment {
    /// The moment itself.
    pub written: When,
    /// The name of the zone, where it is not in `written`.
    pub zone: String,
    /// RFC 3339, where the zone is known.
    pub instant: Option<String>,
}

/// One line of a calendar.
struct Line {
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

/// Reads the events of a calendar.
pub(super) fn events(source: &str) -> Vec<Event> {
    let mut method = Method::default();
    let mut events: Vec<Event> = Vec::new();
    // Components within an event (alarms) have lines of the same names.
    let mut inside: Vec<String> = Vec::new();
    for line in unfolded(source).iter().filter_map(|line| Line::parse(line)) {
        match line.name.as_str() {
            "BEGIN" => {
                let component = line.value.to_ascii_uppercase();
                if component == "VEVENT" {
                    if events.len() == MAX_EVENTS {
                        break;
                    }
                    events.push(Event::default());
                }
                inside.push(component);
            }
            "END" => drop(inside.pop()),
            "METHOD" if inside.last().is_none_or(|component| component == "VCALENDAR") => {
                method = Method::of(&line.value);
            }
            _ if inside.last().is_some_and(|component| component == "VEVENT") => {
                if let Some(event) = events.last_mut() {
                    event.take(&line);
                }
            }
            _ => {}
        }
    }
    for event in &mut events {
        event.method = method;
    }
    events
}

/// The lines, those that go on in the next one joined.
fn unfolded(source: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in source.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

impl Line {
    /// `NAME;PARAMETER=value;PARAMETER="value":value`
    fn parse(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = line.split_at_checked(colon)?;
        let mut quoted = false;
        let mut pieces = head.split(|c| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let name = pieces.next()?.trim().to_ascii_uppercase();
        let parameters = pieces.take(20).filter_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim_matches('"').to_owned()))
        });
        Some(Self { name, parameters: parameters.collect(), value: value.get(1..)?.to_owned() })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a text, its escapes undone.
    fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(c) => out.push(c),
                    None => {}
                },
                c => out.push(c),
            }
        }
        out
    }

    fn person(&self) -> Mailbox {
        let address = self.value.trim();
        let is_mail = address.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let address = if is_mail { address.get(7..).unwrap_or_default() } else { address };
        Mailbox { name: self.parameter("CN").map(shown).unwrap_or_default(), address: shown(address) }
    }
}

impl Event {
    fn take(&mut self, line: &Line) {
        match line.name.as_str() {
            "SUMMARY" => self.summary = shown(&line.text()),
            "LOCATION" => self.location = shown(&line.text()),
            "DESCRIPTION" => self.description = description(&line.text()),
            "DTSTART" => self.start = Moment::of(line, false),
            "DTEND" => self.end = Moment::of(line, true),
            "ORGANIZER" => self.organizer = Some(line.person()),
            "STATUS" => self.cancelled = line.value.trim().eq_ignore_ascii_case("cancelled"),
            "RRULE" => self.repeats = Some(Repeats::of(&line.value)),
            "ATTENDEE" if self.attendees.len() == MAX_PEOPLE => self.more_attendees += 1,
            "ATTENDEE" => {
                let answer = Answer::of(line.parameter("PARTSTAT").unwrap_or_default());
                self.attendees.push((line.person(), answer));
            }
            _ => {}
        }
    }
}

/// A text of several lines, fit to show.
fn description(text: &str) -> String {
    let mut kept: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_TEXT).collect();
    if text.chars().nth(MAX_TEXT).is_some() {
        kept.push('…');
    }
    kept.trim().to_owned()
}

impl Method {
    fn of(word: &str) -> Self {
        match word.trim().to_ascii_uppercase().as_str() {
            "REQUEST" => Self::Request,
            "REPLY" => Self::Reply,
            "CANCEL" => Self::Cancel,
            "COUNTER" => Self::Counter,
            _ => Self::Publish,
        }
    }
}

impl Answer {
    fn of(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "ACCEPTED" => Self::Accepted,
            "DECLINED" => Self::Declined,
            "TENTATIVE" => Self::Tentative,
            _ => Self::None,
        }
    }
}

impl Repeats {
    fn of(rule: &str) -> Self {
        let frequency = rule.split(';').find_map(|piece| piece.strip_prefix("FREQ="));
        match frequency.unwrap_or_default() {
            "DAILY" => Self::Daily,
            "WEEKLY" => Self::Weekly,
            "MONTHLY" => Self::Monthly,
            "YEARLY" => Self::Yearly,
            _ => Self::Otherwise,
        }
    }
}

impl Moment {
    /// Reads `20250120T100000Z`, `20250120T100000` in a zone, or `20250120`; the end of days is the day before.
    fn of(line: &Line, end: bool) -> Option<Self> {
        let value = line.value.trim();
        let (day, time) = value.split_once('T').map_or((value, None), |(day, time)| (day, Some(time)));
        let date = date(day)?;
        let Some(time) = time else {
            let date = if end { date.yesterday().unwrap_or(date) } else { date };
            return Some(Self { written: When::Day(date), ..Self::default() });
        };
        let (time, utc) = time.strip_suffix('Z').map_or((time, false), |time| (time, true));
        let at = DateTime::from_parts(date, clock_time(time)?);
        let name = line.parameter("TZID").map(shown).unwrap_or_default();
        let zone = if utc { Some(TimeZone::UTC) } else { TimeZone::get(&name).ok() };
        let instant: Option<Timestamp> = zone.and_then(|zone| zone.to_timestamp(at).ok());
        let zone = if utc { "UTC".to_owned() } else { name };
        Some(Self {
            written: When::Minute(at, String::new()),
            zone,
            instant: instant.map(|at| at.to_string()),
        })
    }
}

fn date(text: &str) -> Option<Date> {
    let digits = |from: usize, to: usize| text.get(from..to).filter(|_| text.len() == 8);
    Date::new(digits(0, 4)?.parse().ok()?, digits(4, 6)?.parse().ok()?, digits(6, 8)?.parse().ok()?).ok()
}

fn clock_time(text: &str) -> Option<Time> {
    let digits = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    // A leap second is the one before.
    let seconds: i8 = digits(4, 6).unwrap_or(0);
    Time::new(digits(0, 2)?, digits(2, 4)?, seconds.min(59), 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(lines: &str) -> Event {
        let source =
            format!("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        events(&source).remove(0)
    }

    fn said(when: &When) -> String {
        crate::texts::Texts::ENGLISH.when(when)
    }

    #[test]
    fn an_invitation() {
        let event = one(
            "SUMMARY:Budget\\, and\n  more\nDTSTART;TZID=Europe/Berlin:20250120T100000\nDTEND:20250120T100000Z\n\
             LOCATION:Room 1\nORGANIZER;CN=\"Al: ice\":mailto:alice@a.example\n\
             ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:bob@b.example\nDESCRIPTION:one\\ntwo\nRRULE:FREQ=WEEKLY;COUNT=3\n\
             BEGIN:VALARM\nSUMMARY:alarm\nEND:VALARM",
        );
        assert_eq!(event.method, Method::Request);
        assert_eq!(event.summary, "Budget, and more");
        let start = event.start.unwrap();
        assert_eq!(
            (said(&start.written).as_str(), start.zone.as_str()),
            ("Monday, 20 January 2025, 10:00", "Europe/Berlin")
        );
        assert_eq!(start.instant.as_deref(), Some("2025-01-20T09:00:00Z"));
        assert_eq!(event.end.unwrap().zone, "UTC");
        assert_eq!(event.location, "Room 1");
        let organizer = event.organizer.unwrap();
        assert_eq!((organizer.name.as_str(), organizer.address.as_str()), ("Al: ice", "alice@a.example"));
        assert!(
            matches!(event.attendees.as_slice(), [(who, Answer::Accepted)] if who.address == "bob@b.example")
        );
        assert_eq!(event.description, "one\ntwo");
        assert_eq!(event.repeats, Some(Repeats::Weekly));
    }

    #[test]
    fn days_and_unknown_zones() {
        let event = one("DTSTART;VALUE=DATE:20250120\nDTEND;VALUE=DATE:20250122");
        assert_eq!(said(&event.start.unwrap().written), "Monday, 20 January 2025");
        assert_eq!(said(&event.end.unwrap().written), "Tuesday, 21 January 2025");
        let start = one("DTSTART;TZID=\"W. Nowhere Time\":20250120T1000").start.unwrap();
        assert_eq!((start.zone.as_str(), start.instant), ("W. Nowhere Time", None));
    }

    #[test]
    fn what_is_no_calendar_gives_nothing_and_much_is_bounded() {
        for bad in
            ["", "x", ":", "BEGIN:VEVENT", "END:VEVENT\nEND:X\nSUMMARY:x", "DTSTART:2025", "\u{e4}:\u{e4}"]
        {
            assert!(
                events(bad).iter().all(|event| event.summary.is_empty() && event.start.is_none()),
                "{bad}"
            );
        }
        for bad in ["2025012", "20251320T100000", "20250120T990000", "äöüä", "T", "20250120Tä"] {
            assert!(one(&format!("DTSTART:{bad}")).start.is_none(), "{bad}");
        }
        assert_eq!(events(&"BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n".repeat(1000)).len(), MAX_EVENTS);
        let crowd = one(&"ATTENDEE:mailto:a@b.example\n".repeat(200));
        assert_eq!((crowd.attendees.len(), crowd.more_attendees), (MAX_PEOPLE, 150));
    }
}
