//! The laws of the fuzz targets with random input: the reply reader, EHLO, dot-stuffing and whole conversations.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

#[path = "fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are a crate of their own")]
mod laws;

use proptest::prelude::*;

/// Octets with more of what matters in replies than chance would have.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"\r\n".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        3 => (0..1000_u16, prop_oneof![Just(" "), Just("-"), Just("")])
            .prop_map(|(code, next)| format!("{code:03}{next}").into_bytes()),
        4 => prop::sample::select(vec!["220 ", "220-", "220", "250 ok", "354 go", "421 bye", "550 5.1.1 no"])
            .prop_map(|text| text.as_bytes().to_vec()),
        2 => "[ -~]{0,20}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => (1..5_000_usize).prop_map(|count| vec![b'x'; count]),
        1 => (1..200_usize).prop_map(|count| b"220-x\r\n".repeat(count)),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What a server could say to each command by turn, right or wrong.
fn turns() -> impl Strategy<Value = Vec<u8>> {
    let right = [
        "220 hi",
        "250-x\r\n250 PIPELINING",
        "250 ok",
        "250 ok",
        "354 go",
        "250 taken",
        "221 bye",
    ];
    let wrong = prop_oneof![
        6 => Just(None),
        1 => said().prop_map(Some),
        1 => prop::sample::select(vec!["250 ok", "250 ok\r\n250 ok", "354 go", "421 bye", "450 no", "550 no", ""])
            .prop_map(|text| Some([text.as_bytes(), b"\r\n"].concat())),
    ];
    prop::collection::vec(wrong, right.len()).prop_map(move |wrong| {
        let turns = right.iter().zip(wrong).map(|(right, wrong)| {
            let usual = || [right.as_bytes(), b"\r\n"].concat();
            wrong.map_or_else(usual, |said| {
                said.into_iter().filter(|octet| *octet != 0).collect()
            })
        });
        turns.collect::<Vec<_>>().join(&0)
    })
}

/// Lines as EHLO has them, and others.
fn offers() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => prop::sample::select(vec![
            "PIPELINING", "size", "SIZE 0", "SIZE 1000", "SIZE 99999999999999999999999", "8BitMime", "AUTH PLAIN LOGIN",
            "auth=login plain", "AUTH", "AUTH=", "LIMITS RCPTMAX=2", "StartTLS", "SIZE=5", " SIZE 5", "DSN DSN",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        2 => "[ -~]{0,30}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..30),
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join(&b'\n'))
}

/// Content with more CR, LF, dots and NULs than chance would have.
fn written() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "\r",
            "\n",
            "\r\n",
            ".",
            "..",
            "\r\n.\r\n",
            "\n.\n",
            "\r.\r",
            "\0",
            "x"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..10),
        (32_760..32_780_usize).prop_map(|count| vec![b'x'; count]),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// A few cases on every run of the tests; as many as `PROPTEST_CASES` says where somebody has the time.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => usual.cases,
        None => 160,
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..usual
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_octets_in_place_of_a_reply(data in said()) {
        laws::replies(&data);
    }

    #[test]
    fn any_lines_in_the_reply_to_ehlo(data in offers()) {
        laws::capabilities(&data);
    }

    #[test]
    fn any_octets_as_content(data in written()) {
        laws::content(&data);
    }

    #[test]
    fn any_octets_in_place_of_a_whole_server(data in turns()) {
        laws::conversation(&data);
    }
}

#[test]
fn a_server_by_the_book_is_delivered_to() {
    // The laws would hold for a client that never delivers; this shows that the turns lead somewhere.
    let book = [
        "220 hi\r\n",
        "250 x\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        "250 taken\r\n",
        "221 bye\r\n",
    ];
    laws::conversation(book.join("\0").as_bytes());
}
