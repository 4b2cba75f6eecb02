//! What a reader sees of a mail in a real Chromium: where a link leads, before it is followed and after, and moments in the
//! reader's own time zone.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use sealpost_tests::browser::{Browser, Key};
use sealpost_tests::place::installed;
use sealpost_tests::process::wait_until;
use serde_json::{Value, json};

use crate::desk::{Desk, RECIPIENT};
use crate::hostile::{open, sign_in};

const FRAME: &str = "iframe.message-frame";

/// Gives how the address of a link is shown: whether it is, its position, and its left, top, right and bottom edge.
const ADDRESS: &str = r#"
const style = getComputedStyle(document.links[arguments[0]], "::after");
const [left, top, width, height] = ["left", "top", "width", "height"].map((side) => parseFloat(style[side]));
return [style.content !== "none", style.position, left, top, left + width, top + height];
"#;

/// Gives the frame's left and top edge, its width, and the height of the window.
const PLACE: &str = r#"
const frame = document.querySelector("iframe.message-frame");
const box = frame.getBoundingClientRect();
return [box.left, box.top, frame.clientWidth, innerHeight];
"#;

/// A web server with one page; gives the header section of each request.
fn serve() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (requests, seen) = channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let requests = requests.clone();
            thread::spawn(move || answer(connection, &requests));
        }
    });
    (address, seen)
}

/// Browsers open connections that they may not need: those ask for nothing.
fn answer(mut connection: TcpStream, requests: &Sender<String>) {
    let lines = BufReader::new(&connection).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let page = "<!DOCTYPE html><title>There</title><h1>There</h1>";
    let length = page.len();
    let header = format!("Content-Type: text/html\r\nContent-Length: {length}\r\nConnection: close");
    if !head.is_empty() && requests.send(head.join("\n")).is_ok() {
        write!(connection, "HTTP/1.1 200 OK\r\n{header}\r\n\r\n{page}").ok();
    }
}

fn mail(html: &str) -> Vec<u8> {
    format!(
        "From: Alice <alice@example.org>\r\nTo: {RECIPIENT}\r\nSubject: To be read\r\n\
         Date: Tue, 01 Jul 2025 23:30:00 +0200\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
    )
    .into_bytes()
}

/// Shows a mail to its reader.
fn read(browser: &Browser, desk: &mut Desk, html: &str) {
    let file = desk.site.folder().join("message.html");
    fs::write(&file, desk.seal(&mail(html), &[RECIPIENT]).unwrap()).unwrap();
    open(browser, desk, &file);
    sign_in(browser, desk);
    browser.text(".message-subject").unwrap();
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

/// Checks that the address of a link is in sight, within the frame, and has at most so many lines.
fn address_is_in_sight(browser: &Browser, link: usize, lines: f64) {
    let shown = browser.in_frame(FRAME, |frame| frame.evaluate_with(ADDRESS, vec![json!(link)])).unwrap();
    assert_eq!((&shown[0], &shown[1]), (&json!(true), &json!("absolute")), "{shown}");
    let (shown, place) = (numbers(&shown), numbers(&browser.evaluate(PLACE).unwrap()));
    let (&[left, top, right, bottom], &[_, frame_top, width, window]) = (shown.as_slice(), place.as_slice())
    else {
        panic!("{shown:?} {place:?}")
    };
    assert!(left >= 0.0 && right <= width, "sticks out of the frame: {shown:?} in {place:?}");
    assert!(frame_top + top >= 0.0 && frame_top + bottom <= window, "out of sight: {shown:?} in {place:?}");
    assert!(bottom > top && bottom - top <= lines * 19.0 + 6.0, "too high: {shown:?}");
}

fn scroll_to_frame(browser: &Browser) {
    browser.evaluate("document.querySelector('iframe.message-frame').scrollIntoView()").unwrap();
}

#[test]
fn a_link_shows_its_address_beside_it_and_opens_apart() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let (there, requests) = serve();
    let mut desk = Desk::start("links").unwrap();
    let browser = Browser::start(desk.site.folder(), "links", true).unwrap();
    let html = format!(
        "<p><a href='http://{there}/there?x=1'>https://www.example.org/</a></p>\r\n\
         <p style='text-align:right;overflow:hidden;height:30px'>\r\n<a id=long href='https://www.example.org@a.example/{}'>far</a></p>\r\n{}",
        "long/".repeat(120),
        "<p>One line of many.</p>\r\n".repeat(300)
    );
    read(&browser, &mut desk, &html);
    assert!(numbers(&browser.evaluate(PLACE).unwrap())[1] < 900.0, "the frame begins in sight");

    browser.in_frame(FRAME, |frame| frame.point_at("a")).unwrap();
    address_is_in_sight(&browser, 0, 1.0);
    browser.in_frame(FRAME, |frame| frame.point_at("p:nth-of-type(4)")).unwrap();
    let is_idle = || {
        let seen = browser.in_frame(FRAME, |frame| frame.evaluate_with(ADDRESS, vec![json!(0)])).unwrap();
        (seen[0] == false).then_some(())
    };
    wait_until("the address to go", Duration::from_secs(30), is_idle).unwrap();
    let is_there = "return document.hasFocus() && document.activeElement === document.links[0]";
    let reached = (0..80).any(|_| {
        browser.press(Key::Tab).unwrap();
        browser.in_frame(FRAME, |frame| frame.evaluate(is_there)).unwrap() == true
    });
    assert!(reached, "the keyboard reaches the link");
    address_is_in_sight(&browser, 0, 1.0);

    browser.set_size(360, 740).unwrap();
    scroll_to_frame(&browser);
    browser.in_frame(FRAME, |frame| frame.point_at("#m-long")).unwrap();
    address_is_in_sight(&browser, 1, 5.0);
    let long = browser.in_frame(FRAME, |frame| frame.attribute("#m-long", "href")).unwrap().unwrap();
    assert!(long.starts_with("https://a.example/long/"), "the host stands first: {long}");
    browser.set_size(1280, 900).unwrap();

    browser.in_frame(FRAME, |frame| frame.click("a")).unwrap();
    browser.follow_new_window().unwrap();
    assert_eq!(browser.text("h1").unwrap(), "There");
    let seen =
        browser.evaluate("return [window.opener === null, document.referrer, location.search]").unwrap();
    assert_eq!(seen, json!([true, "", "?x=1"]));
    let request = requests.recv().unwrap().to_lowercase();
    assert!(request.starts_with("get /there?x=1 ") && !request.contains("\nreferer:"), "{request}");

    open(&browser, &desk, &desk.site.folder().join("message.html"));
    browser.text(".message-subject").unwrap();
    browser.evaluate("document.querySelector(\"button[formaction='/print']\").formTarget = '_self'").unwrap();
    browser.click("button[formaction='/print']").unwrap();
    browser.text(".how").unwrap();
    browser.point_at(".part a").unwrap();
    let position = || browser.evaluate_with(ADDRESS, vec![json!(0)]).unwrap()[1].clone();
    assert_eq!(position(), "absolute");
    browser.on_paper(true).unwrap();
    assert_eq!(position(), "static", "on paper the address follows the words, pointed at or not");
    drop(browser);
    desk.site.finish().unwrap();
}

#[test]
fn moments_are_said_in_the_readers_own_zone() {
    if !installed(&["chromium", "chromedriver"]) {
        return;
    }
    let mut desk = Desk::start("zones").unwrap();
    for (number, (zone, expected)) in [
        ("Asia/Tokyo", ["Wednesday, July 2, 2025", "06:30", "GMT+9"]),
        ("America/New_York", ["Tuesday, July 1, 2025", "05:30", "EDT"]),
    ]
    .into_iter()
    .enumerate()
    {
        let browser =
            Browser::start_speaking(desk.site.folder(), &format!("zone-{number}"), true, "en-US").unwrap();
        browser.in_time_zone(zone).unwrap();
        read(&browser, &mut desk, "<p>Hello</p>");
        let shown = browser.text(".message-fields time").unwrap();
        assert!(expected.iter().all(|part| shown.contains(part)), "{zone}: {shown}");
        let sent = browser.attribute(".message-fields time", "title").unwrap().unwrap_or_default();
        assert!(sent.contains("23:30"), "the sender's own is kept: {sent}");
        assert_eq!(browser.texts(".message-fields .utc").unwrap(), [""; 0], "UTC says nothing more");
    }
    let browser = Browser::start(desk.site.folder(), "no-script", false).unwrap();
    browser.in_time_zone("Asia/Tokyo").unwrap();
    read(&browser, &mut desk, "<p>Hello</p>");
    assert!(browser.text(".message-fields time").unwrap().contains("23:30"));
    assert!(browser.text(".message-fields .utc").unwrap().contains("21:30"));
    drop(browser);
    desk.site.finish().unwrap();
}
