//! The table of security requirements in `portal/ASVS.md`: it has all of them, and names only what is there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use regex::Regex;
use sealpost_tests::place::project_root;
use serde_json::Value;

/// How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has, by chapter. They are numbered from 1 on, those of
/// level 3 last; 0 is a section with level 3 only.
const SECTIONS: [&[usize]; 17] = [
    &[2, 9, 11, 3, 2],
    &[3, 3, 4, 1],
    &[0, 2, 4, 6, 5, 0, 2],
    &[3, 1, 2, 4],
    &[1, 3, 2, 3],
    &[3, 12, 4, 4, 5, 3, 0, 4],
    &[3, 4, 2, 5, 2, 2],
    &[2, 3, 1, 1],
    &[3, 4],
    &[2, 2, 4, 11, 5, 2, 3],
    &[2, 3, 3, 4, 1, 1, 0],
    &[3, 2, 4],
    &[1, 5, 2, 5],
    &[2, 4, 3],
    &[3, 3, 7, 0],
    &[1, 5, 4, 3, 3],
    &[1, 4, 2],
];

/// One line of the table.
struct Row {
    /// The requirements that it is about.
    ids: Vec<String>,
    level: String,
    state: String,
    how: String,
    shown_by: String,
}

fn document() -> String {
    std::fs::read_to_string(project_root().join("portal/ASVS.md")).unwrap()
}

/// The IDs from the first to the last, which are in one section.
fn between(first: &str, last: &str) -> Vec<String> {
    let (section, from) = first.rsplit_once('.').unwrap();
    let (same, to) = last.rsplit_once('.').unwrap();
    assert_eq!(section, same, "{first} to {last}");
    let numbers = from.parse::<usize>().unwrap()..=to.parse().unwrap();
    numbers.map(|number| format!("{section}.{number}")).collect()
}

fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().filter(|line| line.starts_with("| V"));
    lines
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [ids, level, _, state, how, shown_by] = cells[..] else { panic!("six columns: {line}") };
            let (first, last) = ids.split_once('–').unwrap_or((ids, ids));
            let text = str::to_owned;
            Row {
                ids: between(first, last),
                level: text(level),
                state: text(state),
                how: text(how),
                shown_by: text(shown_by),
            }
        })
        .collect()
}

/// What stands in back quotes.
fn quoted(text: &str) -> Vec<String> {
    Regex::new("`([^`]+)`").unwrap().captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_requirement_has_its_row() {
    let sections = SECTIONS.iter().enumerate().flat_map(|(chapter, sections)| {
        sections.iter().enumerate().map(move |(section, count)| (chapter + 1, section + 1, *count))
    });
    let wanted: Vec<_> = sections
        .flat_map(|(chapter, section, count)| (1..=count).map(move |n| format!("V{chapter}.{section}.{n}")))
        .collect();
    assert_eq!(wanted.len(), 253);
    let found: Vec<_> = rows(&document()).into_iter().flat_map(|row| row.ids).collect();
    for (wanted, found) in wanted.iter().zip(&found) {
        assert_eq!(wanted, found, "in the order of the standard");
    }
    assert_eq!(wanted.len(), found.len());
}

/// The standard itself is the judge of numbers and levels, where it is at hand (it leaves chapters 15 and 17 out).
#[test]
fn numbers_and_levels_are_those_of_the_standard() {
    let beside = || project_root().join("../shared/corpus");
    let folder = std::env::var_os("SEALPOST_CORPUS").map_or_else(beside, PathBuf::from);
    let Ok(standard) = std::fs::read(folder.join("checklists/asvs-5.0.0.json")) else {
        eprintln!("foreign corpus not found: not run");
        return;
    };
    let standard: Value = serde_json::from_slice(&standard).unwrap();
    let levels: BTreeMap<_, _> = standard["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["req_id"].as_str().unwrap(), entry["L"].as_str().unwrap()))
        .filter(|(_, level)| *level != "3")
        .collect();
    let rows = rows(&document());
    let known = |id: &&String| !id.starts_with("V15.") && !id.starts_with("V17.");
    assert_eq!(rows.iter().flat_map(|row| &row.ids).filter(known).count(), levels.len());
    for row in &rows {
        for id in row.ids.iter().filter(known) {
            let level = levels.get(id.as_str()).unwrap_or_else(|| panic!("{id} is not of level 1 or 2"));
            assert!(row.level.split(", ").any(|own| own == *level), "{id} is of level {level}");
        }
    }
}

#[test]
fn every_row_says_how_it_is_met_or_what_is_missing() {
    let text = document();
    let glance = text.split("## Gaps at a glance").nth(1).unwrap().split("\n## ").next().unwrap();
    let id = Regex::new(r"V\d+(?:\.\d+)+").unwrap();
    let listed: Vec<_> = id.find_iter(glance).map(|found| found.as_str()).collect();
    for row in rows(&text) {
        let ids = &row.ids;
        assert!(!row.how.is_empty(), "{ids:?}");
        match row.state.as_str() {
            "met" | "part" => assert!(
                !quoted(&row.shown_by).is_empty() || row.shown_by == "the compiler",
                "{ids:?}: nothing shows it"
            ),
            "gap" => {
                for id in ids {
                    let is_listed = |of: &&str| id == of || id.starts_with(&format!("{of}."));
                    assert!(listed.iter().any(is_listed), "{id} is not among the gaps at a glance");
                }
            }
            state => assert_eq!(state, "n/a", "{ids:?}"),
        }
    }
}

/// Where the source of a test with this name may lie: `flow::passcode::it_works_once` in `portal/tests/flow/passcode.rs`.
fn sources_of(modules: &[&str]) -> Vec<PathBuf> {
    let path = modules.iter().filter(|module| **module != "tests").copied().collect::<Vec<_>>().join("/");
    let folders = ["portal/tests", "tests/tests", "portal/src", "common/tests", "common/src"];
    let places = folders.into_iter().flat_map(|folder| {
        ["", "/mod", "/tests", "/main"].map(|end| project_root().join(format!("{folder}/{path}{end}.rs")))
    });
    places.filter(|place| place.exists()).collect()
}

#[test]
fn named_tests_exist() {
    let name = Regex::new(r"^[a-z_0-9]+(?:::[a-z_0-9]+)+$").unwrap();
    let mut seen = 0;
    for named in quoted(&document()).iter().filter(|code| name.is_match(code)) {
        let parts: Vec<_> = named.split("::").collect();
        let (function, modules) = parts.split_last().unwrap();
        let test = Regex::new(&format!(
            r"#\[(?:tokio::)?test\b[^\n]*\n(?:\s*#\[[^\n]*\n)*\s*(?:async )?fn {function}\("
        ));
        let test = test.unwrap();
        let is_there =
            sources_of(modules).iter().any(|place| test.is_match(&std::fs::read_to_string(place).unwrap()));
        assert!(is_there, "portal/ASVS.md names the test {named}, which isn't there");
        seen += 1;
    }
    println!("{seen} tests named");
    assert!(seen > 200);
}

/// The general check of documents is content with a file of that name anywhere; here it must be the portal's.
#[test]
fn named_sources_are_the_portals() {
    let path =
        Regex::new(r"^(?:src|assets|templates|migrations|tests|common|conf|portal)/[\w./-]+\.\w+$").unwrap();
    for named in quoted(&document()).iter().filter(|code| path.is_match(code)) {
        let root = project_root();
        assert!(
            root.join("portal").join(named).exists() || root.join(named).exists(),
            "portal/ASVS.md names {named}, which isn't there"
        );
    }
}
