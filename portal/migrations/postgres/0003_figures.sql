-- How the portal is used: a number for each day (counted from 1970) and kind; nothing of anybody.
CREATE TABLE figures (
    day    BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (day, kind)
);
