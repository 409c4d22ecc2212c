//! Every statement, all in one place so that a test can check the query plan of each.

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
        password_rev, outside, veil) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    ROOM = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev, outside,
        veil FROM rooms WHERE id = ?1";
    ALL_ROOMS = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev, outside,
        veil FROM rooms ORDER BY id DESC";
    /// The room's `rev`, and the only column that changes without it.
    ROOM_STATE = "SELECT rev, spoken_at FROM rooms WHERE id = ?1";
    ROOMS_AFTER = "SELECT id, title, capacity, owner, password, created_at, spoken_at, rev, bars, slow, password_rev, outside,
        veil FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2";
    SET_ROOM = "UPDATE rooms SET title = ?2, capacity = ?3, owner = ?4, password = ?5, spoken_at = ?6, rev = ?7,
        bars = ?8, slow = ?9, password_rev = ?10, outside = ?11, veil = ?12 WHERE id = ?1";
    REMOVE_ROOM = "DELETE FROM rooms WHERE id = ?1";

    // --- seats

    SEATS = "SELECT room, visitor, name, since, place, nodes, renewed, away, looks, parting, cut, address FROM seats
        WHERE room = ?1 ORDER BY place";
    /// The rooms come in the order of [`ALL_ROOMS`], and the seats of each in reverse.
    SEATS_OF_ALL_ROOMS = "SELECT room, visitor, name, since, place, nodes, renewed, away, looks, parting, cut, address FROM seats
        WHERE room NOT IN (SELECT room FROM gone) ORDER BY room DESC, place DESC";
    UNATTENDED_SEATS = "SELECT room, visitor, renewed, parting, address FROM seats
        WHERE nodes = x'' AND room NOT IN (SELECT room FROM gone)";
    ATTENDED_SEATS = "SELECT room, nodes FROM seats
        WHERE nodes <> x'' AND room NOT IN (SELECT room FROM gone) ORDER BY room";
    ADD_SEAT = "INSERT INTO seats (room, place, visitor, name, since, nodes, renewed, away, looks, parting, cut, address)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    SET_SEAT = "UPDATE seats SET name = ?3, since = ?4, nodes = ?5, renewed = ?6, away = ?7, looks = ?8,
        parting = ?9, cut = ?10, address = ?11 WHERE room = ?1 AND place = ?2";
    REMOVE_SEAT = "DELETE FROM seats WHERE room = ?1 AND place = ?2";
    /// Removes up to ?2 seats.
    REMOVE_SEATS = "DELETE FROM seats WHERE room = ?1 AND place IN
        (SELECT place FROM seats WHERE room = ?1 ORDER BY place LIMIT ?2)";
    /// The seats whose looks were computed with other tables than ?1, or never.
    SEATS_WITH_STALE_LOOKS = "SELECT room, place, name FROM seats WHERE substr(looks, 1, 2) <> ?1";
    SET_LOOKS = "UPDATE seats SET looks = ?3 WHERE room = ?1 AND place = ?2";
    BARS_OF = "SELECT bars FROM rooms WHERE id = ?1";
    /// One row if the room exists: the visitor's name there (NULL without a seat), and the number of the room's last entry.
    SEAT_OF = "SELECT (SELECT name FROM seats WHERE room = ?1 AND visitor = ?2),
        coalesce((SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1), 0) FROM rooms WHERE id = ?1";

    // --- turns in slow mode

    TURN = "SELECT client, at FROM turns WHERE room = ?1 AND visitor = ?2";
    TAKE_TURN = "INSERT INTO turns (room, visitor, client, at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (room, visitor) DO UPDATE SET client = excluded.client, at = excluded.at";
    GIVE_BACK_TURN = "DELETE FROM turns WHERE room = ?1 AND visitor = ?2 AND client = ?3";
    SWEEP_TURNS = "DELETE FROM turns WHERE at <= ?1";

    // --- passes

    /// Stores nothing when the room does not exist.
    GIVE_PASS = "INSERT INTO passes (room, visitor, password_rev, until)
        SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM rooms WHERE id = ?1)
        ON CONFLICT (room, visitor) DO UPDATE SET password_rev = excluded.password_rev, until = excluded.until";
    PASS = "SELECT room, visitor, password_rev, until FROM passes WHERE room = ?1 AND visitor = ?2";
    END_PASS = "DELETE FROM passes WHERE room = ?1 AND visitor = ?2";
    /// Removes up to ?2 passes.
    END_PASSES = "DELETE FROM passes WHERE room = ?1 AND visitor IN
        (SELECT visitor FROM passes WHERE room = ?1 ORDER BY visitor LIMIT ?2)";
    SWEEP_PASSES = "DELETE FROM passes WHERE until <= ?1";

    // --- nodes

    BEAT = "INSERT INTO nodes (id, beat) VALUES (?1, 1) ON CONFLICT (id) DO UPDATE SET beat = beat + 1 RETURNING beat";
    ALL_NODES = "SELECT id, beat FROM nodes";
    REMOVE_NODE = "DELETE FROM nodes WHERE id = ?1";

    // --- entries

    /// Here and below, the room is checked because entries of a gone room may still be stored.
    LAST_SEQ = "SELECT seq FROM entries WHERE room = ?1 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1)
        ORDER BY seq DESC LIMIT 1";
    /// Changes the row only if `spoken_at` is ?3 or more behind, since an unchanged row costs no page of the write-ahead
    /// log.
    SET_SPOKEN = "UPDATE rooms SET spoken_at = ?2 WHERE id = ?1 AND coalesce(spoken_at, 0) <= ?2 - ?3";
    /// Stores nothing when the author already has an entry with this client id.
    ADD_ENTRY = "INSERT INTO entries (room, seq, author, client, at, gif, target, about, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (room, author, client) DO NOTHING";
    ENTRY_BY_CLIENT = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND author = ?2 AND client = ?3 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1)";
    /// The first message of a page that ends before ?2, and the message before that one, if there is one. ?3 is one less than
    /// the number of messages on a page, and ?4 is where the longest page begins.
    PAGE_STARTS = "SELECT seq FROM entries
        WHERE room = ?1 AND seq < ?2 AND seq >= ?4 AND author <> x'' AND about IS NULL
        ORDER BY seq DESC LIMIT 2 OFFSET ?3";
    ENTRIES_BETWEEN = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq";
    /// The changes of the messages in a stretch, oldest first for each message. The index has this order.
    CHANGES_BETWEEN = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND about >= ?2 AND about < ?3 ORDER BY about, seq";
    ENTRY = "SELECT seq, at, client, body FROM entries WHERE room = ?1 AND seq = ?2";
    /// The entries after ?3 that show a GIF to visitor ?2, newest first.
    GIFS_OF_ROOM = "SELECT seq, at, client, body FROM entries WHERE room = ?1 AND seq > ?3 AND gif IS NOT NULL
        AND (target IS NULL OR target = ?2 OR author = ?2) ORDER BY seq DESC LIMIT ?4";
    /// The entries that say something about message ?2.
    CHANGES_OF = "SELECT seq, at, client, body FROM entries WHERE room = ?1 AND about = ?2 ORDER BY seq";
    EMPTY_ENTRY = "UPDATE entries SET gif = NULL, body = ?3 WHERE room = ?1 AND seq = ?2";
    ENTRIES_AFTER = "SELECT seq, at, client, body FROM entries
        WHERE room = ?1 AND seq > ?2 AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1) ORDER BY seq LIMIT ?3";

    // --- leftovers of gone rooms

    FIRST_SEQ = "SELECT seq FROM entries WHERE room = ?1 ORDER BY seq LIMIT 1";
    REMOVE_ENTRIES = "DELETE FROM entries WHERE room = ?1 AND seq < ?2";
    ADD_GONE = "INSERT INTO gone (room) VALUES (?1) ON CONFLICT (room) DO NOTHING";
    ANY_GONE_ROOM = "SELECT room FROM gone WHERE room >= x'' LIMIT 1";
    REMOVE_GONE = "DELETE FROM gone WHERE room = ?1";

    // --- GIFs

    /// Changes nothing when the GIF is condemned.
    HOLD_GIF = "INSERT INTO gifs (sha, held_until) VALUES (?1, ?2)
        ON CONFLICT (sha) DO UPDATE SET held_until = max(coalesce(held_until, 0), excluded.held_until)
        WHERE condemned = 0";
    /// Ends the hold of a GIF, because an entry or a shelf uses it now.
    USE_GIF = "UPDATE gifs SET held_until = NULL WHERE sha = ?1 AND condemned = 0";
    SET_GIF_FACTS = "UPDATE gifs SET facts = ?2 WHERE sha = ?1 AND condemned = 0";
    FORGET_GIF_FACTS = "UPDATE gifs SET facts = NULL WHERE sha = ?1";
    KNOWS_GIF = "SELECT 1 FROM gifs WHERE sha = ?1 AND condemned = 0";
    GIF_FACTS = "SELECT facts FROM gifs WHERE sha = ?1 AND facts IS NOT NULL";
    /// The rule of [`chat::policy::may_see`]. Entries with GIFs are sent by people, so `author` is the person they name.
    /// Says whether only whispers show it. (Each part is read only if those before it find nothing, and reads no whispers
    /// of other people, however many they are.)
    GIF_SHOWN_TO = "SELECT 0 FROM entries INDEXED BY entries_by_gif WHERE gif = ?1 AND room = ?2 AND target IS NULL
        UNION ALL SELECT 1 FROM entries INDEXED BY entries_by_gif WHERE gif = ?1 AND room = ?2 AND target = ?3
        UNION ALL SELECT 1 FROM entries INDEXED BY whispers_by_gif
            WHERE gif = ?1 AND room = ?2 AND author = ?3 AND target IS NOT NULL
        LIMIT 1";
    /// An entry that shows GIF ?2 to visitor ?1 in a room where they sit. The query begins with the visitor's seats, and has
    /// the parts of [`GIF_SHOWN_TO`], so that it takes no longer when other visitors have the GIF too.
    GIF_SEEN_BY = "SELECT entries.seq, entries.at, entries.client, entries.body FROM seats
            CROSS JOIN rooms ON rooms.id = seats.room
            CROSS JOIN entries INDEXED BY entries_by_gif
                ON entries.gif = ?2 AND entries.room = seats.room AND entries.target IS NULL
        WHERE seats.visitor = ?1
        UNION ALL SELECT entries.seq, entries.at, entries.client, entries.body FROM seats
            CROSS JOIN rooms ON rooms.id = seats.room
            CROSS JOIN entries INDEXED BY entries_by_gif
                ON entries.gif = ?2 AND entries.room = seats.room AND entries.target = ?1
        WHERE seats.visitor = ?1
        UNION ALL SELECT entries.seq, entries.at, entries.client, entries.body FROM seats
            CROSS JOIN rooms ON rooms.id = seats.room
            CROSS JOIN entries INDEXED BY whispers_by_gif
                ON entries.gif = ?2 AND entries.room = seats.room AND entries.author = ?1 AND entries.target IS NOT NULL
        WHERE seats.visitor = ?1
        LIMIT 1";
    /// Puts a GIF in doubt, when an entry that showed it is emptied, or when it is taken off a shelf.
    DOUBT_GIF = "UPDATE gifs SET held_until = 0 WHERE sha = ?1 AND held_until IS NULL";
    /// Puts the GIFs of a room's entries below ?2 in doubt, before these entries are removed.
    DOUBT_GIFS_OF = "UPDATE gifs SET held_until = 0 WHERE held_until IS NULL
        AND sha IN (SELECT gif FROM entries WHERE room = ?1 AND seq < ?2 AND gif IS NOT NULL)";
    /// Clears the doubt about GIFs that are still used, so that no later sweep looks at them.
    CLEAR_USED_GIFS = "UPDATE gifs SET held_until = NULL WHERE held_until <= ?1
        AND EXISTS (SELECT 1 FROM gif_uses WHERE gif_uses.gif = gifs.sha)";
    /// Runs after [`CLEAR_USED_GIFS`]. A condemned GIF whose time has passed is among them.
    UNUSED_GIFS = "SELECT sha FROM gifs WHERE held_until <= ?1 LIMIT ?2";
    CONDEMN_GIF = "UPDATE gifs SET condemned = 1, held_until = ?2 WHERE sha = ?1";
    FORGET_GIF = "DELETE FROM gifs WHERE sha = ?1 AND held_until = ?2 AND condemned = 1";
    /// Leaves out GIFs whose bytes may be removed already, and GIFs that only gone rooms show.
    GIFS_AFTER = "SELECT sha FROM gifs WHERE sha > ?1 AND condemned = 0
        AND (held_until IS NOT NULL OR EXISTS (SELECT 1 FROM entries JOIN rooms ON rooms.id = entries.room
            WHERE entries.gif = gifs.sha) OR EXISTS (SELECT 1 FROM items WHERE items.gif = gifs.sha AND items.kept))
        ORDER BY sha LIMIT ?2";

    // --- shelves

    ITEMS = "SELECT body FROM items WHERE visitor = ?1 AND gif > ?2 ORDER BY gif LIMIT ?3";
    ITEM = "SELECT body, room, seq, whispered, address FROM items WHERE visitor = ?1 AND gif = ?2";
    WHOLE_ITEMS = "SELECT body, room, seq, whispered, address FROM items WHERE visitor = ?1 ORDER BY gif";
    PUT_ITEM = "INSERT INTO items (visitor, gif, room, seq, whispered, address, kept, used_at, bytes, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (visitor, gif) DO UPDATE SET room = excluded.room, seq = excluded.seq, whispered = excluded.whispered,
            address = excluded.address, kept = excluded.kept, used_at = excluded.used_at, bytes = excluded.bytes, body = excluded.body";
    REMOVE_ITEM = "DELETE FROM items WHERE visitor = ?1 AND gif = ?2";
    /// Removes the items that were only sent, except the ?2 items that were sent last.
    REMOVE_OLD_SENT = "DELETE FROM items WHERE visitor = ?1 AND NOT kept AND gif IN
        (SELECT gif FROM items WHERE visitor = ?1 AND NOT kept ORDER BY used_at DESC LIMIT -1 OFFSET ?2)";
    REMOVE_ITEMS_FROM = "DELETE FROM items WHERE room = ?1 AND seq = ?2";
    /// Removes the items that were only sent in a room's entries below ?2, before these entries are removed.
    REMOVE_SENT_IN = "DELETE FROM items WHERE room = ?1 AND seq < ?2 AND NOT kept";
    REMOVE_ITEMS_OF = "DELETE FROM items WHERE visitor = ?1";
    GIFS_OF_SHELF = "SELECT gif FROM items WHERE visitor = ?1";
    LOAD_OF_VISITOR = "SELECT count(*), coalesce(sum(bytes), 0) FROM items WHERE visitor = ?1 AND kept";
    LOAD_OF_ADDRESS = "SELECT count(*), coalesce(sum(bytes), 0) FROM items WHERE address = ?1 AND kept";
    /// Reads the whole index of kept items, which is why the service asks for this at most once a minute.
    LOAD_OF_EVERYONE = "SELECT coalesce(sum(items), 0), coalesce(sum(bytes + items * ?1), 0)
        FROM (SELECT count(*) AS items, max(bytes) AS bytes FROM items WHERE kept GROUP BY gif)";
    ADD_SHELF = "INSERT INTO shelves (visitor, seen_at) VALUES (?1, ?2)
        ON CONFLICT (visitor) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)";
    RENEW_SHELF = "UPDATE shelves SET seen_at = ?2 WHERE visitor = ?1";
    SHELF_SEEN_AT = "SELECT seen_at FROM shelves WHERE visitor = ?1";
    STALE_SHELVES = "SELECT visitor FROM shelves WHERE seen_at < ?1 LIMIT ?2";
    REMOVE_SHELF = "DELETE FROM shelves WHERE visitor = ?1";
    SHELVES_AFTER = "SELECT visitor, seen_at FROM shelves WHERE visitor > ?1 ORDER BY visitor LIMIT ?2";

    // --- sessions

    ADD_SESSION = "INSERT INTO sessions (id, data, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
    SET_SESSION = "INSERT INTO sessions (id, data, expires_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at";
    SESSION = "SELECT data, expires_at FROM sessions WHERE id = ?1 AND expires_at > ?2";
    SESSIONS_AFTER = "SELECT id, data, expires_at FROM sessions WHERE id > ?1 ORDER BY id LIMIT ?2";
    REMOVE_SESSION = "DELETE FROM sessions WHERE id = ?1";
    SWEEP_SESSIONS = "DELETE FROM sessions WHERE expires_at <= ?1";

    // --- health

    /// Writes as much as a few long messages do, because on a nearly full disk a single byte would prove nothing. The bytes
    /// are random, because SQLite does not write pages that do not change.
    WRITE_PROBE = "INSERT INTO pulse (id, beat) VALUES (1, randomblob(32768))
        ON CONFLICT (id) DO UPDATE SET beat = excluded.beat";
}
