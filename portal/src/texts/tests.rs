use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{ast, parser};

use super::*;

/// What a file of texts holds: for each ID, and each ID with a part, the arguments.
type File = BTreeMap<String, BTreeSet<String>>;

fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn file(language: &str, name: &str) -> File {
    let path = own("locales").join(language).join(name);
    let source = fs::read_to_string(&path).unwrap();
    let resource = parser::parse(source.as_str())
        .unwrap_or_else(|(_, faults)| panic!("{}: {:?}", path.display(), faults.first()));
    let mut texts = File::new();
    let mut add = |id: String, pattern: &ast::Pattern<&str>| {
        let mut found = BTreeSet::new();
        arguments_of(pattern, &mut found);
        assert_eq!(texts.insert(id.clone(), found), None, "{}: {id} stands there twice", path.display());
    };
    for entry in &resource.body {
        let message = match entry {
            ast::Entry::Message(message) => message,
            ast::Entry::Term(_) | ast::Entry::Junk { .. } => {
                panic!("{}: only messages, please", path.display())
            }
            _ => continue,
        };
        let id = message.id.name.to_owned();
        message.value.iter().for_each(|value| add(id.clone(), value));
        message.attributes.iter().for_each(|part| add(format!("{id}.{}", part.id.name), &part.value));
    }
    texts
}

fn arguments_of(pattern: &ast::Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            ast::PatternElement::TextElement { .. } => {}
            ast::PatternElement::Placeable { expression: ast::Expression::Inline(inline) } => {
                found.extend(variable(inline));
            }
            ast::PatternElement::Placeable { expression: ast::Expression::Select { selector, variants } } => {
                found.extend(variable(selector));
                for variant in variants {
                    arguments_of(&variant.value, found);
                }
            }
        }
    }
}

fn variable(expression: &ast::InlineExpression<&str>) -> Option<String> {
    match expression {
        ast::InlineExpression::VariableReference { id } => Some(id.name.to_owned()),
        _ => None,
    }
}

fn english() -> BTreeMap<String, File> {
    names(&own("locales/en")).into_iter().map(|name| (name.clone(), file("en", &name))).collect()
}

/// Each use of a text in templates and sources: the ID, and the arguments that it is given there (`None` where it is given
/// them elsewhere).
fn uses() -> Vec<(String, Option<BTreeSet<String>>)> {
    let mut files: Vec<PathBuf> =
        names(&own("templates")).iter().map(|name| own("templates").join(name)).collect();
    let mut directories = vec![own("src")];
    while let Some(directory) = directories.pop() {
        for path in names(&directory).iter().map(|name| directory.join(name)) {
            if path.is_dir() {
                directories.push(path);
            } else if path.file_name().is_some_and(|name| name != "tests.rs") {
                files.push(path);
            }
        }
    }
    files.iter().flat_map(|path| uses_in(&fs::read_to_string(path).unwrap())).collect()
}

fn uses_in(source: &str) -> Vec<(String, Option<BTreeSet<String>>)> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let source: String = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let source = source.split("#[cfg(test)]").next().unwrap();
    let literal = |text: &str| text.split('"').next().unwrap().to_owned();
    let given = |rest: &str| {
        let end = ["}}", "%}", ";"].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
        let calls =
            [".with(", ".around("].into_iter().flat_map(|call| rest.split_at(end).0.split(call).skip(1));
        calls.map(|call| literal(call.trim_start().trim_start_matches('"'))).collect()
    };
    let receivers = ["t", "texts", "self"];
    let pieces: Vec<&str> = source.split(".get(\"").collect();
    let gets = pieces.windows(2).filter_map(|piece| {
        let receiver = piece[0].trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap();
        receivers.contains(&receiver).then(|| (literal(piece[1]), Some(given(piece[1]))))
    });
    let ids = source.split("TextId(\"").skip(1).map(|rest| (literal(rest), None));
    gets.chain(ids).collect::<Vec<_>>()
}

#[test]
fn every_language_has_every_text_with_the_same_arguments() {
    let tags: BTreeSet<String> = Language::all().iter().map(|language| language.tag().to_owned()).collect();
    assert_eq!(names(&own("locales")), tags);
    let english = english();
    for tag in tags {
        assert_eq!(names(&own("locales").join(&tag)), english.keys().cloned().collect(), "files of {tag}");
        for (name, expected) in &english {
            let found = file(&tag, name);
            let ids = |file: &File| file.keys().cloned().collect::<BTreeSet<_>>();
            let (missing, surplus) = (&ids(expected) - &ids(&found), &ids(&found) - &ids(expected));
            assert!(
                missing.is_empty() && surplus.is_empty(),
                "{tag}/{name} lacks {missing:?}, and has {surplus:?}"
            );
            for (id, arguments) in expected {
                assert_eq!(&found[id], arguments, "{tag}/{name}: {id}");
            }
        }
    }
}

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let texts: File = english().into_values().flatten().collect();
    let calls = uses();
    for (id, given) in &calls {
        let Some(wanted) = texts.get(id) else { panic!("there is no text {id:?}") };
        if let Some(given) = given {
            assert_eq!(given, wanted, "arguments of {id}");
        }
    }
    let used: BTreeSet<&str> = calls.iter().map(|(id, _)| id.as_str()).collect();
    let unused: Vec<&String> =
        texts.keys().filter(|id| !id.contains('.') && !used.contains(id.as_str())).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
    let parts: BTreeSet<&str> = texts.keys().filter_map(|id| Some(id.split_once('.')?.1)).collect();
    assert_eq!(parts, BTreeSet::from(["body"]));
}

#[test]
fn every_text_can_be_said_of_any_number() {
    let english = english();
    for language in Language::all() {
        for (id, arguments) in english.values().flatten() {
            for number in [0_usize, 1, 2, 3, 5, 11, 100] {
                let (id, part) =
                    id.split_once('.').map_or((id.as_str(), None), |(id, part)| (id, Some(part)));
                let mut text = Texts::of(*language).get(TextId(id.to_owned().leak()));
                text.part = part.map(|part| &*part.to_owned().leak());
                for name in arguments {
                    text = text.with(name.clone().leak(), &number);
                }
                let said = text.in_language(*language).unwrap_or_else(|| panic!("{}: {id}", language.tag()));
                assert!(!said.trim().is_empty() && !said.contains(['{', '}', '<', '>', '&']), "{id}: {said}");
            }
        }
    }
}

#[test]
fn texts_take_arguments_and_are_cut_around_them() {
    let texts = Texts::of(Language::ENGLISH);
    assert_eq!(
        texts.get("passcode-minutes").with("minutes", &1_u64).to_string(),
        "The passcode is good for one minute."
    );
    assert_eq!(
        texts.get("passcode-minutes").with("minutes", &15_u64).to_string(),
        "The passcode is good for 15 minutes."
    );
    assert_eq!(texts.get("prove-sign-in").with("provider", "<b>").to_string(), "Sign in with <b>");
    assert_eq!(
        texts.get("passcode-reference").around("reference"),
        ("It has the reference ".to_owned(), ".".to_owned())
    );
    let plain = ("You are signed out".to_owned(), String::new());
    assert_eq!(texts.get("signed-out").around("nothing"), plain);
    assert!(texts.get("signed-out").part("body").to_string().starts_with("Close this window"));
}

#[test]
fn moments_are_said_as_each_language_does() {
    let at: jiff::civil::DateTime = "2025-01-06T09:05".parse().unwrap();
    for (tag, expected) in [
        ("en", "Monday, 6 January 2025, 09:05 (UTC+01:00)"),
        ("de", "Montag, 6. Januar 2025, 09:05 (UTC+01:00)"),
        ("pl", "poniedziałek, 6 stycznia 2025, 09:05 (UTC+01:00)"),
        ("ja", "2025年1月6日（月） 09:05 (UTC+01:00)"),
    ] {
        let texts = Texts::of(Language::tagged(tag).unwrap());
        assert_eq!(texts.when(&When::Minute(at, "UTC+01:00".to_owned())), expected);
    }
    assert_eq!(Texts::ENGLISH.when(&When::Day(at.date())), "Monday, 6 January 2025");
}

#[test]
fn plural_forms_are_those_of_the_language() {
    for language in Language::all() {
        let expected = match language.tag() {
            "ja" | "zh-Hans" => "other",
            "pl" => "one few many other",
            "ar" => "zero one two few many other",
            "he" => "one two other",
            _ => "one other",
        };
        for name in english().keys() {
            let source = fs::read_to_string(own("locales").join(language.tag()).join(name)).unwrap();
            for select in source.split("->\n").skip(1).map(|rest| rest.split("    }").next().unwrap()) {
                let keys =
                    select.lines().filter_map(|line| line.split(['[', ']']).nth(1)).collect::<Vec<_>>();
                let is_plural = keys.contains(&"other");
                assert!(!is_plural || keys.join(" ") == expected, "{}/{name}: {select}", language.tag());
            }
        }
    }
}

#[test]
fn sizes() {
    for (bytes, expected) in [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1001, "2 kB"),
        (999_999, "1000 kB"),
        (1_000_000, "1.0 MB"),
        (25_990_000, "25.9 MB"),
    ] {
        assert_eq!(Texts::of(Language::ENGLISH).size(&bytes), expected);
    }
}

#[test]
fn what_is_not_kept_is_said_to_last_no_days() {
    for language in Language::all() {
        let texts = Texts::of(*language);
        for (id, argument) in [("privacy-cookie-browser", "days"), ("privacy-cookie-session", "hours")] {
            let said = |count: u64| texts.get(id).with(argument, &count).to_string();
            assert!(!said(0).contains('0') && said(10).contains("10"), "{} {id}", language.tag());
        }
    }
}
