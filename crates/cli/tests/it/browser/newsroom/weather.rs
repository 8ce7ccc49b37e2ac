//! What befalls server and network, while people go on writing.

use super::Newsroom;

/// A browser that is cut off tries again and again.
const ATTEMPTS: usize = 3;

impl Newsroom {
    /// `kill -9`, and the same server again, while Alice has much to say.
    pub(super) fn the_server_is_killed_in_mid_sentence(&self) {
        self.alice.flood("breaking", 0..20);
        self.world.restart_server();
        self.alice.flood("breaking", 20..40);
        for browser in [&self.alice, &self.bob] {
            browser.hears("breaking 39");
        }
        self.carol.ok(&["send", &self.desk, "What a morning."]);
        for browser in [&self.alice, &self.bob] {
            browser.hears("What a morning.");
        }
        let wanted: Vec<String> = (0..40).map(|n| format!("alice: breaking {n}")).collect();
        let of_it = |lines: Vec<String>| -> Vec<String> {
            let lines = lines.into_iter();
            lines.filter(|line| line.contains("breaking")).collect()
        };
        assert_eq!(of_it(self.alice.heard("alice")), wanted);
        assert_eq!(of_it(self.bob.heard("bob")), wanted);
        assert_eq!(of_it(self.carol.texts(&self.desk)), wanted);
    }

    /// Bob's answers are lost first, so that he does not know what has arrived; then nothing goes through for a while.
    pub(super) fn the_cable_is_pulled_out(&self) {
        let Self { alice, bob, .. } = self;
        self.cable.loses_answers();
        bob.say("Did you get this?");
        alice.hears("Did you get this?");
        bob.until("[...document.querySelectorAll('.mark')].at(-1).title === 'Sending'");
        self.cable.pull_out();
        bob.run("window.cut = performance.now()");
        bob.sees("No connection. What you write goes out as soon as it is back.");
        bob.say("Written in the dark.");
        alice.say("Bob, are you there?");
        alice.hears("Bob, are you there?");
        self.cable.turns_away(ATTEMPTS);
        bob.until("performance.now() - window.cut > 10000");
        self.cable.plug_in();
        alice.hears("Written in the dark.");
        bob.hears("Written in the dark.");
        bob.until("document.querySelector('.offline').dataset.down === 'false'");
        let wanted = [
            "bob: Did you get this?",
            "alice: Bob, are you there?",
            "bob: Written in the dark.",
        ];
        for heard in [
            alice.heard("alice"),
            bob.heard("bob"),
            self.carol.texts(&self.desk),
        ] {
            assert_eq!(heard[heard.len() - 3..], wanted);
            let once = |line: &str| heard.iter().filter(|other| *other == line).count() == 1;
            assert!(wanted.iter().all(|line| once(line)), "{heard:?}");
        }
    }
}
