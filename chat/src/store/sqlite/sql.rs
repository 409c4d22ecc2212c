//! Every statement, so that a test can look at the plan of each.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub const $name: &str = $sql;)+

        #[cfg(test)]
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

statements! {
    // --- rooms

    ADD_ROOM = "INSERT INTO rooms (id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow,
        password_rev) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    ROOM = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev
        FROM rooms WHERE id = ?1";
    ALL_ROOMS = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev
        FROM rooms ORDER BY id DESC";
    /// All of it that changes without the room's `rev`, and that.
    ROOM_STATE = "SELECT rev, spoken_at FROM rooms WHERE id = ?1";
    ROOMS_AFTER = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev
        FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2";
    SET_ROOM = "UPDATE rooms SET title = ?2, capacity = ?3, owner = ?4, password = ?5, spoken_at = ?6, rev = ?7,
        bars = ?8, slow = ?9, password_rev = ?10 WHERE id = ?1";
    REMOVE_ROOM = "DELETE FROM rooms WHERE id = ?1";

    // --- seats

    SEATS = "SELECT room, visitor, name, since, place, nodes, renewed, away, looks FROM seats WHERE room = ?1 ORDER BY place";
    /// In the order of [`ALL_ROOMS`].
    SEATS_OF_ALL_ROOMS = "SELECT room, visitor, name, since, place, nodes, renewed, away, looks FROM seats
        WHERE room NOT IN (SELECT room FROM gone) ORDER BY room DESC, place DESC";
    UNATTENDED_SEATS = "SELECT room, visitor, renewed FROM seats
        WHERE nodes = x'' AND room NOT IN (SELECT room FROM gone)";
    ATTENDED_SEATS = "SELECT room, nodes FROM seats
        WHERE nodes <> x'' AND room NOT IN (SELECT room FROM gone) ORDER BY room";
    ADD_SEAT = "INSERT INTO seats (room, place, visitor, name, since, nodes, renewed, away, looks)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    SET_SEAT = "UPDATE seats SET name = ?3, since = ?4, nodes = ?5, renewed = ?6, away = ?7, looks = ?8
        WHERE room = ?1 AND place = ?2";
    REMOVE_SEAT = "DELETE FROM seats WHERE room = ?1 AND place = ?2";
    /// Up to ?2 of them.
    REMOVE_SEATS = "DELETE FROM seats WHERE room = ?1 AND place IN
        (SELECT place FROM seats WHERE room = ?1 ORDER BY place LIMIT ?2)";
    /// Those whose names were looked at with other tables than ?1, or never.
    SEATS_NOT_LOOKED_AT = "SELECT room, place, name FROM seats WHERE substr(looks, 1, 2) <> ?1";
    SET_LOOKS = "UPDATE seats SET looks = ?3 WHERE room = ?1 AND place = ?2";
    BARS_OF = "SELECT bars FROM rooms WHERE id = ?1";
    /// One row when there is the room: the seat's name there (NULL without a seat), and the room's last seq.
    SEAT_OF = "SELECT (SELECT name FROM seats WHERE room = ?1 AND visitor = ?2),
        coalesce((SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1), 0) FROM rooms WHERE id = ?1";

    // --- turns of who speaks where slow mode is on

    TURN = "SELECT client, at FROM turns WHERE room = ?1 AND visitor = ?2";
    TAKE_TURN = "INSERT INTO turns (room, visitor, client, at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (room, visitor) DO UPDATE SET client = excluded.client, at = excluded.at";
    GIVE_BACK_TURN = "DELETE FROM turns WHERE room = ?1 AND visitor = ?2 AND client = ?3";
    SWEEP_TURNS = "DELETE FROM turns WHERE at <= ?1";

    // --- passes

    /// Nothing when there is no such room.
    GIVE_PASS = "INSERT INTO passes (room, visitor, password_rev, until)
        SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM rooms WHERE id = ?1)
        ON CONFLICT (room, visitor) DO UPDATE SET password_rev = excluded.password_rev, until = excluded.until";
    PASS = "SELECT room, visitor, password_rev, until FROM passes WHERE room = ?1 AND visitor = ?2";
    END_PASS = "DELETE FROM passes WHERE room = ?1 AND visitor = ?2";
    /// Up to ?2 of them.
    END_PASSES = "DELETE FROM passes WHERE room = ?1 AND visitor IN
        (SELECT visitor FROM passes WHERE room = ?1 ORDER BY visitor LIMIT ?2)";
    SWEEP_PASSES = "DELETE FROM passes WHERE until <= ?1";

    // --- nodes

    BEAT = "INSERT INTO nodes (id, beat) VALUES (?1, 1) ON CONFLICT (id) DO UPDATE SET beat = beat + 1 RETURNING beat";
    ALL_NODES = "SELECT id, beat FROM nodes";
    REMOVE_NODE = "DELETE FROM nodes WHERE id = ?1";

    // --- entries

    /// (Here and below: entries of a room that is gone may still be there.)
    LAST_SEQ = "SELECT seq FROM entries WHERE room = ?1 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1)
        ORDER BY seq DESC LIMIT 1";
    /// Not for every message: a row that stays as it is costs no page of the log. ?3 is how old it may get.
    SET_SPOKEN = "UPDATE rooms SET spoken_at = ?2 WHERE id = ?1 AND coalesce(spoken_at, 0) <= ?2 - ?3";
    /// Nothing when this client id is stored already.
    ADD_ENTRY = "INSERT INTO entries (room, seq, author, client, at, gif, target, about, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (room, author, client) DO NOTHING";
    ENTRY_BY_CLIENT = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND author = ?2 AND client = ?3 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1)";
    /// The first message of a page that ends before ?2 and, when there is one, the last message of the page before it:
    /// ?3 is one less than the messages of a page, ?4 where the longest page begins.
    PAGE_STARTS = "SELECT seq FROM entries
        WHERE room = ?1 AND seq < ?2 AND seq >= ?4 AND author <> x'' AND about IS NULL
        ORDER BY seq DESC LIMIT 2 OFFSET ?3";
    ENTRIES_BETWEEN = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq";
    /// Changes of the messages in a stretch, those of each oldest first: so the index has them, without sorting.
    CHANGES_BETWEEN = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND about >= ?2 AND about < ?3 ORDER BY about, seq";
    ENTRY = "SELECT seq, at, client, body FROM entries WHERE room = ?1 AND seq = ?2";
    EMPTY_ENTRY = "UPDATE entries SET gif = NULL, body = ?3 WHERE room = ?1 AND seq = ?2";
    ENTRIES_AFTER = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND seq > ?2 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1) ORDER BY seq LIMIT ?3";

    // --- what is left of rooms that are gone

    FIRST_SEQ = "SELECT seq FROM entries WHERE room = ?1 ORDER BY seq LIMIT 1";
    REMOVE_ENTRIES = "DELETE FROM entries WHERE room = ?1 AND seq < ?2";
    ADD_GONE = "INSERT INTO gone (room) VALUES (?1) ON CONFLICT (room) DO NOTHING";
    A_GONE_ROOM = "SELECT room FROM gone WHERE room >= x'' LIMIT 1";
    REMOVE_GONE = "DELETE FROM gone WHERE room = ?1";

    // --- GIFs

    /// Nothing when it is condemned.
    HOLD_GIF = "INSERT INTO gifs (sha, held_until) VALUES (?1, ?2)
        ON CONFLICT (sha) DO UPDATE SET held_until = max(coalesce(held_until, 0), excluded.held_until)
        WHERE condemned = 0";
    /// From a hold to being used.
    USE_GIF = "UPDATE gifs SET held_until = NULL WHERE sha = ?1 AND condemned = 0";
    /// The rule of [`crate::policy::may_see`]. (Facts show no GIFs: an author is the person named.)
    GIF_SHOWN_TO = "SELECT 1 FROM entries
        WHERE gif = ?1 AND room = ?2 AND (target IS NULL OR target = ?3 OR author = ?3) LIMIT 1";
    /// When an entry that showed it is emptied.
    DOUBT_GIF = "UPDATE gifs SET held_until = 0 WHERE sha = ?1 AND held_until IS NULL";
    /// Before a room's entries below ?2 are removed: their GIFs may be unused afterwards.
    DOUBT_GIFS_OF = "UPDATE gifs SET held_until = 0 WHERE held_until IS NULL
        AND sha IN (SELECT gif FROM entries WHERE room = ?1 AND seq < ?2 AND gif IS NOT NULL)";
    /// Those in doubt that are used after all: from here on no sweep looks at them again.
    CLEAR_USED_GIFS = "UPDATE gifs SET held_until = NULL WHERE held_until <= ?1
        AND EXISTS (SELECT 1 FROM entries WHERE entries.gif = gifs.sha)";
    /// After [`CLEAR_USED_GIFS`]. Those that are condemned already and overdue are condemned anew.
    CONDEMN_GIFS = "UPDATE gifs SET condemned = 1, held_until = ?2
        WHERE sha IN (SELECT sha FROM gifs WHERE held_until <= ?1 LIMIT ?3) RETURNING sha";
    FORGET_GIF = "DELETE FROM gifs WHERE sha = ?1 AND held_until = ?2 AND condemned = 1";
    /// Not those whose bytes may be gone already, and not those that only a room shows which is gone.
    GIFS_AFTER = "SELECT sha FROM gifs WHERE sha > ?1 AND condemned = 0
        AND (held_until IS NOT NULL OR EXISTS (SELECT 1 FROM entries JOIN rooms ON rooms.id = entries.room
            WHERE entries.gif = gifs.sha))
        ORDER BY sha LIMIT ?2";

    // --- sessions

    ADD_SESSION = "INSERT INTO sessions (id, data, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
    SET_SESSION = "INSERT INTO sessions (id, data, expires_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at";
    SESSION = "SELECT data, expires_at FROM sessions WHERE id = ?1 AND expires_at > ?2";
    SESSIONS_AFTER = "SELECT id, data, expires_at FROM sessions WHERE id > ?1 ORDER BY id LIMIT ?2";
    REMOVE_SESSION = "DELETE FROM sessions WHERE id = ?1";
    SWEEP_SESSIONS = "DELETE FROM sessions WHERE expires_at <= ?1";

    // --- life

    /// As much as a few long messages write: on a disk that is nearly full, one byte more would prove nothing. (Random,
    /// because SQLite leaves out pages that do not change.)
    TOUCH = "INSERT INTO pulse (id, beat) VALUES (1, randomblob(32768))
        ON CONFLICT (id) DO UPDATE SET beat = excluded.beat";
}
