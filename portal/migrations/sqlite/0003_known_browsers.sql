-- Browsers in which an address was proved by passcode: nobody else can use up the passcodes that they may ask for.
CREATE TABLE known_browsers (
    browser BLOB    NOT NULL,
    address BLOB    NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (browser, address)
);
CREATE INDEX known_browsers_expires ON known_browsers (expires);
