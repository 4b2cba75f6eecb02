-- Browsers in which an address was proved by passcode: nobody else can use up the passcodes that they may ask for.
CREATE TABLE known_browsers (
    browser BYTEA  NOT NULL,
    address BYTEA  NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (browser, address)
);
CREATE INDEX known_browsers_expires ON known_browsers (expires);
