-- What the portal remembers between two requests; the same tables as for SQLite. No address, no passcode, no token and no
-- mail is among it: keys are HMAC-SHA256 under the state key. Times are seconds since 1970.

-- Passcodes that were asked for and not yet used.
CREATE TABLE passcodes (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    browser    BYTEA  NOT NULL,
    envelope   BYTEA  NOT NULL,
    address    BYTEA  NOT NULL,
    code       BYTEA  NOT NULL,
    tries_left BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX passcodes_binding ON passcodes (browser, envelope, address);
CREATE INDEX passcodes_expires ON passcodes (expires);

-- Readers who have proved their address: way is 0 by passcode, 1 by signing in with a provider.
CREATE TABLE sessions (
    token   BYTEA  PRIMARY KEY,
    address BYTEA  NOT NULL,
    way     BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

-- Sign-ins with a provider that have come to their end, so that none is ended twice: HMAC-SHA256 of their secret.
CREATE TABLE ended_sign_ins (
    sign_in BYTEA  PRIMARY KEY,
    expires BIGINT NOT NULL
);
CREATE INDEX ended_sign_ins_expires ON ended_sign_ins (expires);

-- Requests for passcodes, counted for the limits.
CREATE TABLE requests (
    subject BYTEA  NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX requests_subject ON requests (subject, at);
CREATE INDEX requests_at ON requests (at);

-- Mails that may no longer be read, by SHA-256 of their Message-ID: envelopes name them so.
CREATE TABLE revocations (
    message_id BYTEA  PRIMARY KEY,
    at         BIGINT NOT NULL
);
