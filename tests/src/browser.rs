//! Drives Debian's Chromium through `ChromeDriver`, with JavaScript on or off, at desktop or phone width.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction};
pub use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::place::{Folder, find_program, results};
use crate::process::{Process, free_address, wait_until};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The window sizes that pages are looked at in: a desktop's and a phone's.
pub const SIZES: [(&str, u32, u32); 2] = [("desktop", 1280, 900), ("phone", 360, 740)];

/// A running browser with an empty profile. Dropping it ends it.
pub struct Browser {
    // Taken only when the browser is dropped.
    client: Option<Client>,
    runtime: Runtime,
    downloads: PathBuf,
    profile: PathBuf,
    /// The windows that were visited.
    windows: RefCell<HashSet<String>>,
    _driver: Process,
}

impl Browser {
    /// Starts a browser in `folder`; `name` sets it apart from others there.
    pub fn start(folder: &Folder, name: &str, javascript: bool) -> Result<Self> {
        Self::start_with(folder, name, javascript, &[])
    }

    /// Starts a browser with more arguments on its command line.
    pub fn start_with(folder: &Folder, name: &str, javascript: bool, arguments: &[String]) -> Result<Self> {
        Self::start_as(folder, name, |profile, downloads| {
            capabilities(profile, downloads, javascript, arguments)
        })
    }

    /// Starts a browser whose user wants pages in this language.
    pub fn start_speaking(folder: &Folder, name: &str, javascript: bool, language: &str) -> Result<Self> {
        Self::start_as(folder, name, |profile, downloads| {
            let mut wanted = capabilities(profile, downloads, javascript, &[]);
            if let Some(options) = wanted.get_mut("goog:chromeOptions") {
                options["prefs"]["intl.accept_languages"] = json!(language);
            }
            wanted
        })
    }

    /// Starts a browser that remembers what it asked other hosts for: see [`Browser::requests`].
    pub fn start_watched(folder: &Folder, name: &str) -> Result<Self> {
        Self::start_as(folder, name, |profile, downloads| {
            let mut wanted = capabilities(profile, downloads, true, &[]);
            wanted.insert("goog:loggingPrefs".into(), json!({ "performance": "ALL" }));
            wanted
        })
    }

    fn start_as(
        folder: &Folder,
        name: &str,
        capabilities: impl Fn(&Path, &Path) -> Map<String, Value>,
    ) -> Result<Self> {
        let address = free_address()?;
        let mut command =
            Command::new(find_program("chromedriver").context("chromedriver is not installed")?);
        command.arg(format!("--port={}", address.port()));
        let mut driver = Process::start("chromedriver", command, &folder.join(&format!("{name}.log")))?;
        driver.wait_for_port(address)?;
        let profile = folder.make(&format!("{name}-profile"))?;
        let downloads = folder.make(&format!("{name}-downloads"))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let wanted = capabilities(&profile, &downloads);
        let (client, first) = runtime.block_on(async {
            let client =
                ClientBuilder::rustls()?.capabilities(wanted).connect(&format!("http://{address}")).await?;
            let first = client.window().await?;
            anyhow::Ok((client, String::from(first)))
        })?;
        let windows = RefCell::new(HashSet::from([first]));
        Ok(Self { client: Some(client), runtime, downloads, profile, windows, _driver: driver })
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("only dropping takes the client")
    }

    /// Opens an address and waits until it has loaded.
    pub fn open(&self, url: &str) -> Result<()> {
        Ok(self.runtime.block_on(self.client().goto(url))?)
    }

    /// Opens a file on disk, as a click on a saved attachment does.
    pub fn open_file(&self, file: &Path) -> Result<()> {
        self.open(&format!("file://{}", file.display()))
    }

    /// Returns the address of the page.
    pub fn url(&self) -> Result<String> {
        Ok(self.runtime.block_on(self.client().current_url())?.into())
    }

    /// Returns the source of the page as it stands now.
    pub fn source(&self) -> Result<String> {
        Ok(self.runtime.block_on(self.client().source())?)
    }

    /// Waits for an element and clicks it.
    pub fn click(&self, css: &str) -> Result<()> {
        self.runtime
            .block_on(async { self.find(css).await?.click().await.with_context(|| format!("click {css}")) })
    }

    /// Waits for a field and types into it; for a choice of files, the path of the file.
    pub fn type_into(&self, css: &str, text: &str) -> Result<()> {
        self.runtime.block_on(async {
            self.find(css).await?.send_keys(text).await.with_context(|| format!("type into {css}"))
        })
    }

    /// Waits for an element and returns its visible text.
    pub fn text(&self, css: &str) -> Result<String> {
        self.runtime.block_on(async {
            loop {
                match self.find(css).await?.text().await {
                    // It was the last page's, which has just gone.
                    Err(error) if error.is_stale_element_reference() => {}
                    text => return text.with_context(|| format!("read {css}")),
                }
            }
        })
    }

    /// Returns the visible text of every element that's there now.
    pub fn texts(&self, css: &str) -> Result<Vec<String>> {
        self.runtime.block_on(async {
            let mut texts = Vec::new();
            for element in self.client().find_all(Locator::Css(css)).await? {
                texts.push(element.text().await?);
            }
            Ok(texts)
        })
    }

    /// Waits for an element and returns one of its attributes.
    pub fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        self.runtime.block_on(async { Ok(self.find(css).await?.attr(name).await?) })
    }

    /// Tells whether an element is there now and can be seen.
    pub fn shows(&self, css: &str) -> Result<bool> {
        self.runtime.block_on(async {
            match self.client().find_all(Locator::Css(css)).await?.first() {
                Some(element) => Ok(element.is_displayed().await?),
                None => Ok(false),
            }
        })
    }

    async fn find(&self, css: &str) -> Result<fantoccini::elements::Element> {
        let found = self.client().wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => {
                let page = self.client().source().await.unwrap_or_default();
                bail!("{css}: {error}\n{}", page.chars().take(3000).collect::<String>())
            }
        }
    }

    /// Runs `look` inside a frame and comes back to the page.
    pub fn in_frame<T>(&self, css: &str, look: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.runtime.block_on(async {
            self.find(css).await?.enter_frame().await.with_context(|| format!("enter {css}"))
        })?;
        let seen = look(self);
        self.runtime.block_on(self.client().enter_parent_frame())?;
        seen
    }

    /// Goes to the window that a click has opened, once it's there.
    pub fn follow_new_window(&self) -> Result<()> {
        self.runtime.block_on(async {
            for _ in 0..200 {
                for window in self.client().windows().await? {
                    if self.windows.borrow_mut().insert(window.clone().into()) {
                        return Ok(self.client().switch_to_window(window).await?);
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            bail!("no new window")
        })
    }

    /// Saves a picture of the page at each of the [`SIZES`], as `target/screenshots/NAME-SIZE.png`, and checks that
    /// nothing sticks out sideways.
    pub fn screenshots(&self, name: &str) -> Result<()> {
        for (size, width, height) in SIZES {
            let (picture, content) = self.runtime.block_on(async {
                self.resize(width, height).await?;
                tokio::time::sleep(Duration::from_millis(150)).await;
                let content =
                    self.client().execute("return document.documentElement.scrollWidth", Vec::new()).await?;
                anyhow::Ok((self.client().screenshot().await?, content))
            })?;
            fs::write(results("screenshots")?.join(format!("{name}-{size}.png")), picture)?;
            if content.as_u64().is_none_or(|content| content > width.into()) {
                bail!("{name}: at a width of {width} the page is {content} wide");
            }
        }
        let (_, width, height) = SIZES[0];
        self.runtime.block_on(self.resize(width, height))
    }

    /// Returns a picture of the page at this size, as a PNG.
    pub fn picture(&self, (width, height): (u32, u32)) -> Result<Vec<u8>> {
        self.runtime.block_on(async {
            self.resize(width, height).await?;
            Ok(self.client().screenshot().await?)
        })
    }

    /// Shows pages as for people who want them `light` or `dark`.
    pub fn prefer(&self, light: &str) -> Result<()> {
        let feature = json!({ "name": "prefers-color-scheme", "value": light });
        self.runtime
            .block_on(self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })))
            .map(drop)
    }

    /// Shows pages as on paper, or on the screen again.
    pub fn on_paper(&self, paper: bool) -> Result<()> {
        let media = if paper { "print" } else { "" };
        self.runtime
            .block_on(self.devtools("Emulation.setEmulatedMedia", json!({ "media": media })))
            .map(drop)
    }

    /// Shows pages as to somebody in this time zone.
    pub fn in_time_zone(&self, name: &str) -> Result<()> {
        let zone = json!({ "timezoneId": name });
        self.runtime.block_on(self.devtools("Emulation.setTimezoneOverride", zone)).map(drop)
    }

    /// Returns the addresses that a watched browser asked other hosts for since the last call.
    pub fn requests(&self) -> Result<Vec<String>> {
        let log = self.runtime.block_on(self.driver("se/log", json!({ "type": "performance" })))?;
        let mut addresses = Vec::new();
        for entry in log.as_array().context("no log")? {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default())?;
            let address = event["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
            let is_request = event["message"]["method"] == "Network.requestWillBeSent";
            if is_request && ["http", "ws", "ftp"].iter().any(|scheme| address.starts_with(scheme)) {
                addresses.push(address.to_owned());
            }
        }
        Ok(addresses)
    }

    /// Sets the size of the page in this window until it's set again.
    pub fn set_size(&self, width: u32, height: u32) -> Result<()> {
        self.runtime.block_on(self.resize(width, height))
    }

    /// Puts the pointer on an element that is in sight.
    pub fn point_at(&self, css: &str) -> Result<()> {
        self.runtime.block_on(async {
            let element = self.find(css).await?;
            let there = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
            Ok(self.client().perform_actions(MouseActions::new("mouse".into()).then(there)).await?)
        })
    }

    /// Presses a key and lets it go, wherever the focus is.
    pub fn press(&self, key: Key) -> Result<()> {
        let value = char::from(key);
        let keys =
            KeyActions::new("keyboard".into()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
        Ok(self.runtime.block_on(self.client().perform_actions(keys))?)
    }

    /// Types a text, wherever the focus is.
    pub fn write(&self, text: &str) -> Result<()> {
        let keys = text.chars().fold(KeyActions::new("keyboard".into()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        Ok(self.runtime.block_on(self.client().perform_actions(keys))?)
    }

    /// Sets the size of the page itself; a headless window can't be narrower than 500 pixels.
    async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let parameters = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", parameters).await.map(drop)
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.driver("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Gives the driver a command of its own.
    async fn driver(&self, command: &'static str, parameters: Value) -> Result<Value> {
        #[derive(Debug)]
        struct Own(&'static str, Value);
        impl fantoccini::wd::WebDriverCompatibleCommand for Own {
            fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
                base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
            }
            fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
                (axum::http::Method::POST, Some(self.1.to_string()))
            }
        }
        Ok(self.client().issue_cmd(Own(command, parameters)).await?)
    }

    /// Forgets all cookies, those of all sites.
    pub fn forget_cookies(&self) -> Result<()> {
        self.runtime.block_on(self.devtools("Network.clearBrowserCookies", json!({}))).map(drop)
    }

    /// Runs a script in the page and returns what it gives; it works with the page's own scripts off, too.
    pub fn evaluate(&self, script: &str) -> Result<Value> {
        Ok(self.runtime.block_on(self.client().execute(script, Vec::new()))?)
    }

    /// Runs a script in the page with arguments and returns what it gives.
    pub fn evaluate_with(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client().execute(script, arguments))?)
    }

    /// Returns how many windows and tabs there are.
    pub fn window_count(&self) -> Result<usize> {
        Ok(self.runtime.block_on(self.client().windows())?.len())
    }

    /// Waits until a file has been downloaded whole and returns its bytes.
    pub fn downloaded(&self, name: &str) -> Result<Vec<u8>> {
        let file = self.downloads.join(name);
        let is_under_way = || {
            fs::read_dir(&self.downloads).is_ok_and(|mut files| {
                files.any(|file| {
                    file.is_ok_and(|file| file.path().extension().is_some_and(|e| e == "crdownload"))
                })
            })
        };
        // Chromium holds the name with an empty file until all has come.
        let complete = || fs::read(&file).ok().filter(|bytes| !bytes.is_empty() && !is_under_way());
        wait_until(&format!("the download of {name}"), PATIENCE, complete)
    }

    /// Returns the files of the profile and their content, to look for what must not be kept.
    #[must_use]
    pub fn profile(&self) -> &Path {
        &self.profile
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.runtime.block_on(client.close()).ok();
        }
        // Where the driver didn't end Chromium, its processes are known by the profile, which no other program uses.
        for _ in 0..50 {
            let left = processes_of(&self.profile);
            if left.is_empty() {
                return;
            }
            for process in left {
                rustix::process::kill_process(process, rustix::process::Signal::KILL).ok();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn processes_of(profile: &Path) -> Vec<rustix::process::Pid> {
    let wanted = format!("--user-data-dir={}", profile.display());
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            let command = String::from_utf8_lossy(&command).into_owned();
            command.contains(&wanted).then(|| rustix::process::Pid::from_raw(number)).flatten()
        })
        .collect()
}

fn capabilities(
    profile: &Path,
    downloads: &Path,
    javascript: bool,
    arguments: &[String],
) -> Map<String, Value> {
    let mut preferences = HashMap::from([
        ("download.default_directory", json!(downloads)),
        ("download.prompt_for_download", json!(false)),
        ("credentials_enable_service", json!(false)),
    ]);
    if !javascript {
        // What "Don't allow sites to use JavaScript" in the settings sets.
        preferences.insert("profile.managed_default_content_settings.javascript", json!(2));
        preferences.insert("profile.default_content_setting_values.javascript", json!(2));
    }
    let options = json!({
        "binary": find_program("chromium").unwrap_or_default(),
        "prefs": preferences,
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={},{}", SIZES[0].1, SIZES[0].2),
        ],
    });
    let mut options = options;
    if let Some(list) = options["args"].as_array_mut() {
        list.extend(arguments.iter().map(|argument| json!(argument)));
    }
    let Value::Object(capabilities) = json!({ "browserName": "chrome", "goog:chromeOptions": options })
    else {
        unreachable!("an object stands above");
    };
    capabilities
}
