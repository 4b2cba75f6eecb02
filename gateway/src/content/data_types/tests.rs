//! Each type with true and false examples. Numbers are published test numbers, or made up with the right check digits.

use std::sync::Arc;

use super::*;

/// Checks how many distinct values of a type are found in each text.
fn check(data_type: &DataType, cases: &[(&str, usize)]) {
    for (text, expected) in cases {
        assert_eq!(data_type.count(text), *expected, "{data_type:?} in {text:?}");
    }
}

#[test]
fn payment_cards() {
    check(
        &DataType::PaymentCard,
        &[
            // Published test numbers of Visa, Mastercard (both series), American Express, Discover, Diners Club, JCB,
            // UnionPay, Maestro, Mir.
            ("4111 1111 1111 1111", 1),
            ("4111111111111111", 1),
            ("4012-8888-8888-1881", 1),
            ("4222222222222", 1),
            ("4000000000000000006", 1),
            ("5555.5555.5555.4444", 1),
            ("5105105105105100", 1),
            ("2223 0000 4841 0010", 1),
            ("3782 822463 10005", 1),
            ("371449635398431", 1),
            ("6011 1111 1111 1117", 1),
            ("3056 930902 5904", 1),
            ("38520000023237", 1),
            ("3530 1113 3330 0000", 1),
            ("6200 0000 0000 0005", 1),
            ("6759649826438453", 1),
            ("2200 0000 0000 0053", 1),
            ("card: 4111 1111 1111 1111, exp. 12/27, 123", 1),
            ("4111 1111 1111 1111 12/27", 1),
            ("4111111111111111/12", 1),
            ("4111111111111111\t5105105105105100\r\n4111-1111-1111-1111", 2),
            ("\u{ff14}\u{ff11}\u{ff11}\u{ff11} 1111 1111 1111", 1),
            ("4111\u{a0}1111\u{a0}1111\u{a0}1111", 1),
            (
                "\u{664}\u{661}\u{661}\u{661} \u{661}\u{661}\u{661}\u{661} \u{661}\u{661}\u{661}\u{661} \u{661}\u{661}\u{661}\u{661}",
                1,
            ),
            ("41\u{200b}11111111111111", 1),
            // Wrong check digit, prefix, length, grouping.
            ("4111 1111 1111 1112", 0),
            ("4111111111111110", 0),
            ("9111 1111 1111 1116", 0),
            ("1234 5678 9012 3452", 0),
            ("411111111111111", 0),
            ("41111111111111112", 0),
            ("4111 1111 1111 1111 1", 1),
            ("411 1111 1111 11111", 0),
            ("4111-1111 1111-1111", 0),
            ("4111  1111 1111 1111", 0),
            ("4111\n1111\n1111\n1111", 0),
            ("0000 0000 0000 0000", 0),
            ("4444 4444 4444 4444", 0),
            // Within something longer.
            ("14111111111111111", 0),
            ("41111111111111110000000", 0),
            ("0000 4111 1111 1111 1111", 0),
            ("4111 1111 1111 1111 2222", 0),
            ("x4111111111111111", 0),
            ("order-4111111111111111", 0),
            ("4111111111111111@example.org", 0),
            ("+4111111111111111", 0),
            ("3.4111111111111111", 0),
            ("https://shop.example/p/4111111111111111", 0),
            ("https://shop.example/?pan=4111111111111111&x=1", 0),
            ("550e8400-e29b-41d4-a716-4111111111111111", 0),
            ("Zm9v4111111111111111YmFy", 0),
            ("Zm9v/4111111111111111+YmFy", 0),
            ("", 0),
        ],
    );
}

#[test]
fn ibans() {
    check(
        &DataType::Iban,
        &[
            // The examples of the registry.
            ("DE89370400440532013000", 1),
            ("DE89 3704 0044 0532 0130 00", 1),
            ("GB29 NWBK 6016 1331 9268 19", 1),
            ("FR1420041010050500013M02606", 1),
            ("NO93 8601 1117 947", 1),
            ("MT84MALT011000012345MTLCAST001S", 1),
            ("CH93 0076 2011 6238 5295 7", 1),
            ("NL91ABNA0417164300", 1),
            ("BR1800360305000010009795493C1", 1),
            ("SA03 8000 0000 6080 1016 7519", 1),
            ("LC55HEMM000100010012001200023015", 1),
            ("CR05 0152 0200 1026 2840 66", 1),
            ("SC18SSCB11010000000000001497USD", 1),
            ("de89 3704 0044 0532 0130 00", 1),
            ("DE89-3704-0044-0532-0130-00", 1),
            ("DE89 37040044 0532013000", 1),
            ("IBAN:DE89370400440532013000.", 1),
            ("IBAN: DE89 3704 0044 0532 0130 00 BIC: COBADEFF", 1),
            ("DE89370400440532013000, DE89 3704 0044 0532 0130 00; GB29NWBK60161331926819", 2),
            ("\u{ff24}\u{ff25}89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00", 1),
            // Wrong check digits, lengths, countries, forms.
            ("DE88370400440532013000", 0),
            ("DE8937040044053201300", 0),
            ("DE893704004405320130000", 0),
            ("XX89370400440532013000", 0),
            ("DE89 3704 0044 O532 0130 00", 0),
            ("GB29 6016 NWBK 1331 9268 19", 0),
            ("DE89  3704 0044 0532 0130 00", 0),
            ("DE89\n3704\n0044\n0532\n0130\n00", 0),
            ("aDE89370400440532013000", 0),
            ("x-DE89370400440532013000", 0),
            ("https://bank.example/DE89370400440532013000", 0),
            ("as of at 12 it is no 1 in be 34 words", 0),
            ("DE89", 0),
        ],
    );
}

#[test]
fn numbers_of_the_united_states() {
    check(
        &DataType::UsSsn,
        &[
            ("536-22-8726", 1),
            ("SSN 536 22 8726", 1),
            ("social security no. 536228726", 1),
            ("001-01-0001 and 899-99-9999", 2),
            ("536 22 8726", 0),
            ("536228726", 0),
            ("ssn 000-12-3456", 0),
            ("ssn 666-12-3456", 0),
            ("ssn 900-12-3456", 0),
            ("ssn 536-00-8726", 0),
            ("ssn 536-22-0000", 0),
            ("ssn 078-05-1120", 0),
            ("ssn 123-45-6789", 0),
            ("ssn 5362-2-8726", 0),
            ("536-22-8726-1", 0),
            ("(212) 536-22-87261", 0),
            ("passing 536228726", 0),
        ],
    );
    check(
        &DataType::UsItin,
        &[
            ("912-70-1234", 1),
            ("999-99-0001", 1),
            ("ITIN 912701234", 1),
            ("ITIN 912 50 1234", 1),
            ("912 70 1234", 0),
            ("912701234", 0),
            ("itin 812-70-1234", 0),
            ("itin 912-49-1234", 0),
            ("itin 912-66-1234", 0),
            ("itin 912-89-1234", 0),
            ("itin 912-93-1234", 0),
        ],
    );
    check(
        &DataType::UsAbaRouting,
        &[
            ("Routing number: 021000021", 1),
            ("ABA 011401533, account 122105155", 2),
            ("wire to 0210-0002-1", 1),
            ("021000021", 0),
            ("routing 021000022", 0),
            ("routing 131000023", 0),
            ("routing 000000000", 0),
            ("routing 0210000210", 0),
            ("rerouting 021000021", 0),
        ],
    );
    check(
        &DataType::UsPassport,
        &[
            ("Passport: 531234567", 1),
            ("passport no. A12345678", 1),
            ("531234567 (passport)", 1),
            ("Reisepass-Nr. C01234567 und 531234567", 2),
            ("531234567", 0),
            ("A12345678", 0),
            ("passport 53123456", 0),
            ("passport AB1234567", 0),
            ("passport A123456789", 0),
        ],
    );
    check(
        &DataType::UsDea,
        &[
            ("DEA BB1388568", 1),
            ("AB1234563", 1),
            ("F91234563", 1),
            ("BB1388567", 0),
            ("NB1388568", 0),
            ("bb1388568", 0),
            ("BB13885680", 0),
            ("BB-1388568", 0),
            ("XBB1388568", 0),
            ("AB0000000", 0),
        ],
    );
}

#[test]
fn numbers_of_the_united_kingdom() {
    check(
        &DataType::UkPassport,
        &[
            ("passport 925665416", 1),
            ("passport number is 925 665 416", 0),
            ("925665416", 0),
            ("passport 92566541", 0),
        ],
    );
    check(
        &DataType::UkNhs,
        &[
            ("NHS number 943 476 5919", 1),
            ("nhs: 9434765919", 1),
            ("patient 401-023-2137", 1),
            ("943 476 5919", 0),
            ("nhs 943 476 5918", 0),
            ("nhs 94 3476 5919", 0),
            ("nhs 4444444444", 0),
            ("nhs +9434765919", 0),
        ],
    );
    check(
        &DataType::UkNino,
        &[
            ("AB123456C", 1),
            ("AB 12 34 56 C", 1),
            ("QQ123456C", 0),
            ("JG 10 37 59 A, JG103759A", 1),
            ("DA123456C", 0),
            ("AO123456C", 0),
            ("GB123456C", 0),
            ("ZZ123456C", 0),
            ("AB123456E", 0),
            ("AB12345C", 0),
            ("AB1234567C", 0),
            ("xAB123456C", 0),
            ("ab123456c", 0),
        ],
    );
}

#[test]
fn numbers_of_germany() {
    check(
        &DataType::DeTaxId,
        &[
            // Of the agency's own examples, and one with three equal digits.
            ("86095742719", 1),
            ("86 095 742 719", 1),
            ("IdNr. 47036892816, 65929970489", 2),
            ("57549285017", 1),
            ("25768131411", 1),
            ("86095742718", 0),
            ("00000000001", 0),
            ("12345678903", 0),
            ("11123456788", 0),
            ("06095742719", 0),
            ("860957427190", 0),
            ("8609574271", 0),
            ("860 957 427 19", 0),
            ("+86095742719", 0),
        ],
    );
}

#[test]
fn addresses() {
    check(
        &DataType::EmailAddresses,
        &[
            ("alice@example.org", 1),
            ("Alice <alice@example.org>, BOB@example.net; bob@EXAMPLE.net.", 2),
            ("mailto:a.b+c@mail.example.co.uk?subject=x", 1),
            ("j\u{fc}rgen@b\u{fc}cher.example", 1),
            ("(a@xn--bcher-kva.example)", 1),
            ("a@b", 0),
            ("@example.org", 0),
            ("a@.org", 0),
            ("a@example..org", 0),
            ("a@192.0.2.1", 0),
            ("a.@example.org", 0),
            ("at @ sign", 0),
            ("user@@example.org", 0),
        ],
    );
}

#[test]
fn own_types() {
    let own = |pattern: &str, check, words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        DataType::Own(Arc::new(OwnType::new(pattern, check, &words).unwrap()))
    };
    check(&own(r"\bP-[0-9]{6}\b", Check::None, &[]), &[("P-123456, p-123456 P-654321", 2), ("P-12345", 0)]);
    check(&own(r"(?-i)\bP-[0-9]{6}\b", Check::None, &[]), &[("P-123456", 1), ("p-123456", 0)]);
    check(&own(r"\b[0-9]{6}\b", Check::Luhn, &[]), &[("123455", 1), ("123456", 0)]);
    check(
        &own(r"\b[A-Z]{2}[0-9]{4}\b", Check::Mod97, &[]),
        &[("AA0079", 0), ("AA0001", 0), ("AB0021", 0), ("AB0020", 1)],
    );
    check(
        &own(r"\b[0-9]{9}[0-9X]\b", Check::Mod11, &["isbn"]),
        &[("ISBN 080442957X", 1), ("080442957X", 0), ("isbn 0804429571", 0)],
    );
    check(
        &own(r"\b[0-9]{5}\b", Check::None, &["Personalnummer", "\u{6a5f}\u{5bc6}"]),
        &[
            ("personalnummer \u{ff11}2345", 1),
            ("\u{6a5f}\u{5bc6}12345", 0),
            ("\u{6a5f}\u{5bc6}: 12345", 1),
            ("12345", 0),
        ],
    );
    for (pattern, words) in
        [("(", vec![]), ("a*", vec![]), ("[0-9]{1000}{1000}", vec![]), ("a", vec![" ".to_owned()])]
    {
        assert!(OwnType::new(pattern, Check::None, &words).is_err(), "{pattern}");
    }
}

#[test]
fn texts_of_many_languages_hold_none() {
    let texts = [
        "All human beings are born free and equal in dignity and rights; article 1, 10 December 1948, A/RES/217.",
        "Alle Menschen sind frei und gleich an W\u{fc}rde und Rechten geboren. Seite 12 von 345, Az. 1 BvR 2378/98.",
        "Tous les \u{ea}tres humains naissent libres et \u{e9}gaux, t\u{e9}l. 01 42 34 56 78, le 10/12/1948 \u{e0} 14:30:00.",
        "\u{4eba}\u{4eba}\u{751f}\u{800c}\u{81ea}\u{7531} 1948\u{5e74}12\u{6708}10\u{65e5} \u{96fb}\u{8a71} 03-1234-5678",
        "\u{412}\u{441}\u{435} \u{43b}\u{44e}\u{434}\u{438} \u{440}\u{43e}\u{436}\u{434}\u{430}\u{44e}\u{442}\u{441}\u{44f} \u{441}\u{432}\u{43e}\u{431}\u{43e}\u{434}\u{43d}\u{44b}\u{43c}\u{438}, +7 495 123-45-67, 1 234 567,89 \u{20bd}",
        "\u{64a}\u{648}\u{644}\u{62f} \u{62c}\u{645}\u{64a}\u{639} \u{627}\u{644}\u{646}\u{627}\u{633} \u{661}\u{660}/\u{661}\u{662}/\u{661}\u{669}\u{664}\u{668}",
        "\u{938}\u{92d}\u{940} \u{92e}\u{928}\u{941}\u{937}\u{94d}\u{92f} \u{967}\u{966} \u{926}\u{93f}\u{938}\u{902}\u{92c}\u{930} \u{967}\u{96f}\u{96a}\u{96e}",
        "Call (212) 555-0123 or 1-800-555-0199, ext. 4711; invoice 2026-000123, total 1,234,567.89 USD, 192.0.2.1:8080.",
        "2001 2002 2003 2004 2005 2006 2007 2008 4111 1111 1111 1111 2013 2014",
        "pi is 3.14159265358979323846264338327950288419716939937510",
    ];
    for text in texts {
        for (name, data_type) in DataType::NAMES {
            assert_eq!(data_type.count(text), 0, "{name} in {text}");
        }
    }
}
