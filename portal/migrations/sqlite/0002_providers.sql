-- How the address of a session was proved: 0 by passcode, 1 by signing in with a provider.
ALTER TABLE sessions ADD COLUMN way INTEGER NOT NULL DEFAULT 0;

-- Sign-ins with a provider that have come to their end, so that none is ended twice: HMAC-SHA256 of their secret.
CREATE TABLE ended_sign_ins (
    sign_in BLOB    PRIMARY KEY,
    expires INTEGER NOT NULL
);
CREATE INDEX ended_sign_ins_expires ON ended_sign_ins (expires);
