//! By how much the browser's clock is wrong. The page follows the server's clock, because messages carry the server's time.

/// The milliseconds to add to the browser's clock. `server` is the server's time, read at some moment between `asked` and
/// `answered`, which are times of the browser's clock. The correction so far, `known`, changes only as much as it must to agree
/// with these. So a slow answer, or one that agrees already, changes nothing.
pub fn corrected(known: i64, server: u64, asked: u64, answered: u64) -> i64 {
    let least = server as i64 - answered as i64;
    // (If the browser's clock was set back in between, `answered` is before `asked`.)
    let most = server as i64 - asked.min(answered) as i64;
    known.max(least).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOON: u64 = 1_780_000_000_000;

    fn ahead(millis: i64) -> u64 {
        NOON.saturating_add_signed(millis)
    }

    #[test]
    fn a_clock_that_is_right_stays_as_it_is() {
        for delay in [0, 40, 3000, 3_600_000] {
            assert_eq!(corrected(0, ahead(delay / 2), NOON, ahead(delay)), 0, "{delay} ms");
        }
    }

    #[test]
    fn a_wrong_clock_is_corrected_to_within_the_delay() {
        for wrong in [-400 * DAY, -DAY, -5000, 5000, DAY, 400 * DAY] {
            let offset = corrected(0, NOON, ahead(wrong - 20), ahead(wrong + 30));
            assert!((offset + wrong).abs() <= 30, "{wrong}: {offset}");
            let again = corrected(offset, ahead(60_000), ahead(wrong + 60_000 - 15), ahead(wrong + 60_000 + 15));
            assert!((again + wrong).abs() <= 30, "{wrong}: {again}");
        }
    }

    #[test]
    fn a_clock_that_is_set_right_needs_no_correction_any_more() {
        let offset = corrected(-DAY, NOON, ahead(-10), ahead(10));
        assert!(offset.abs() <= 10, "{offset}");
    }

    #[test]
    fn an_answer_that_was_read_long_after_it_came_says_little() {
        // The tab was frozen with the answer in its queue.
        assert_eq!(corrected(0, ahead(50), NOON, ahead(DAY)), 0);
        assert_eq!(corrected(-DAY, ahead(50), ahead(DAY), ahead(3 * DAY)), -DAY);
    }

    #[test]
    fn a_clock_that_was_set_back_between_question_and_answer() {
        assert_eq!(corrected(0, NOON, ahead(DAY), ahead(20)), -20);
    }
}
