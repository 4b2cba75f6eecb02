-- What the portal remembers between two requests. No address, no passcode, no token and no mail is among it: keys are
-- HMAC-SHA256 under the state key. Times are seconds since 1970.

-- Passcodes that were asked for and not yet used.
CREATE TABLE passcodes (
    id         INTEGER PRIMARY KEY,
    browser    BLOB    NOT NULL,
    envelope   BLOB    NOT NULL,
    address    BLOB    NOT NULL,
    code       BLOB    NOT NULL,
    tries_left INTEGER NOT NULL,
    expires    INTEGER NOT NULL
);
CREATE INDEX passcodes_binding ON passcodes (browser, envelope, address);
CREATE INDEX passcodes_expires ON passcodes (expires);

-- Readers who have proved their address.
CREATE TABLE sessions (
    token   BLOB    PRIMARY KEY,
    address BLOB    NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

-- Requests for passcodes, counted for the limits.
CREATE TABLE requests (
    subject BLOB    NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX requests_subject ON requests (subject, at);
CREATE INDEX requests_at ON requests (at);

-- Mails that may no longer be read, by SHA-256 of their Message-ID: envelopes name them so.
CREATE TABLE revocations (
    message_id BLOB    PRIMARY KEY,
    at         INTEGER NOT NULL
);
