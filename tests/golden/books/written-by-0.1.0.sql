CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE turn (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    books INTEGER NOT NULL,
    accounts INTEGER NOT NULL
) STRICT;
CREATE TABLE book (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('private', 'agreement')),
    document TEXT NOT NULL
) STRICT;
CREATE TABLE member (
    organisation TEXT NOT NULL,
    book INTEGER NOT NULL REFERENCES book (number),
    id TEXT NOT NULL,
    PRIMARY KEY (organisation, book)
) STRICT, WITHOUT ROWID;
CREATE TABLE head (
    book INTEGER PRIMARY KEY REFERENCES book (number),
    size INTEGER NOT NULL CHECK (size >= 0),
    recorded_at INTEGER,
    sealed_at INTEGER,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
CREATE TABLE event (
    book INTEGER NOT NULL REFERENCES book (number),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    document TEXT NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    CHECK (effective_at <= recorded_at),
    PRIMARY KEY (book, sequence)
) STRICT;
CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    book INTEGER NOT NULL REFERENCES book (number),
    id TEXT NOT NULL,
    unit TEXT NOT NULL,
    bound TEXT NOT NULL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    version INTEGER NOT NULL CHECK (version > 0),
    sampled INTEGER NOT NULL,
    asserted_at INTEGER,
    debits_posted INTEGER NOT NULL CHECK (debits_posted >= 0),
    credits_posted INTEGER NOT NULL CHECK (credits_posted >= 0),
    debits_pending INTEGER NOT NULL CHECK (debits_pending >= 0),
    credits_pending INTEGER NOT NULL CHECK (credits_pending >= 0),
    CHECK (bound <> 'credits_must_not_exceed_debits' OR credits_posted + credits_pending <= debits_posted),
    CHECK (bound <> 'debits_must_not_exceed_credits' OR debits_posted + debits_pending <= credits_posted),
    UNIQUE (book, id)
) STRICT;
CREATE TABLE movement (
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    book INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL,
    credits_posted INTEGER NOT NULL,
    debits_pending INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    debits_posted_after INTEGER NOT NULL,
    credits_posted_after INTEGER NOT NULL,
    debits_pending_after INTEGER NOT NULL,
    credits_pending_after INTEGER NOT NULL,
    PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome (
    book INTEGER NOT NULL,
    of_sequence INTEGER NOT NULL,
    by_sequence INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('posted', 'voided', 'expired', 'reversed')),
    PRIMARY KEY (book, of_sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE clearing (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    cleared INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (book, sequence, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE waiting (
    book INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (book, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE failed (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    book INTEGER NOT NULL,
    code TEXT NOT NULL,
    content BLOB NOT NULL CHECK (length(content) = 32),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (organisation, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE tile (
    book INTEGER NOT NULL,
    level INTEGER NOT NULL CHECK (level > 0),
    place INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (book, level, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot (
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    book INTEGER NOT NULL,
    movements INTEGER NOT NULL,
    debits_posted TEXT NOT NULL,
    credits_posted TEXT NOT NULL,
    debits_pending TEXT NOT NULL,
    credits_pending TEXT NOT NULL,
    PRIMARY KEY (account, sequence, effective_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
    book INTEGER NOT NULL,
    size INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (book, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE blob (
    book INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (book, digest)
) STRICT, WITHOUT ROWID;
INSERT INTO migration VALUES (1, 'books');
INSERT INTO turn VALUES (1, 50, 4, 45);
INSERT INTO book VALUES (1, 'private/north', 'private', '{"id":"private/north","kind":"private","members":["north"],"observers":[]}');
INSERT INTO book VALUES (2, 'private/south', 'private', '{"id":"private/south","kind":"private","members":["south"],"observers":[]}');
INSERT INTO book VALUES (3, 'private/east', 'private', '{"id":"private/east","kind":"private","members":["east"],"observers":[]}');
INSERT INTO book VALUES (4, 'agreement/pact', 'agreement', '{"id":"agreement/pact","kind":"agreement","members":["north","south"],"observers":["east"]}');
INSERT INTO member VALUES ('east', 3, 'private/east');
INSERT INTO member VALUES ('east', 4, 'agreement/pact');
INSERT INTO member VALUES ('north', 1, 'private/north');
INSERT INTO member VALUES ('north', 4, 'agreement/pact');
INSERT INTO member VALUES ('south', 2, 'private/south');
INSERT INTO member VALUES ('south', 4, 'agreement/pact');
INSERT INTO head VALUES (1, 22, 1753401600047000, NULL, X'3868EFB7B7C4F6E6DD4B42FCA875F2F4C0D7E4366BE3BB23276CA36FBB9E445E08245570520178CF91825DF8EAFAAE9383DCC16AD0AB7D7EA7743AA18D7D6BF19EC2973E0BC6F9895E48E4EAF7C7A65771C9E78187A3BC46D76F5ADE8090BE42', X'94C87A53DB655676F2A7565532D74D1CBB81500DA89C5C1C0370A2D08AD31FCC');
INSERT INTO head VALUES (2, 28, 1753401600060000, NULL, X'D2DB31CB9E865F49037E7F6E49CFA0852F1B8AC04BAF1C5CDBBF615343636D73B80D46245CDA5FA15AEB29050B0CF9B74BDCD3C0D971114BDB8BB7DBE146877C99971051F4640106E3173180DBDD879DAAFC11E061EF327BF2C6E366C88A418C', X'BFC802C8327C7A4777D014EC0BDFB036971E2012A1690064E006BF51859D20FA');
INSERT INTO head VALUES (3, 22, 1753401600062000, NULL, X'BB58C6C5C105BF8AB154DACA37773A47D933119F7B5F62985E5E315C1AFAA3ACF6E9F0559ED748CA8BE2D5CE79BB97A0F4172B162F2E66FD52E9F2E69D474142580B96A196D02642124C4CD03C6A4C6553EBEA669CEB07584356CB5B42AB2D23', X'A8890C57DDCEC603098B10BADF6ED522525A0AFBAB408FACA9B1FAFBA332C505');
INSERT INTO head VALUES (4, 2, 1753401600056000, NULL, X'A5FD1E00E85CDE54A3E14D870E2D9CB37C9C06FBA580DDB19111DA7ABD9B4C05', X'A5FD1E00E85CDE54A3E14D870E2D9CB37C9C06FBA580DDB19111DA7ABD9B4C05');
INSERT INTO event VALUES (1, 0, 'north', 'open-north-0', 'open_account', 1736121600000000, 1753401600001000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-0","kind":"open_account","opens":{"id":"external/vendor","limit":"none","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001000Z","sequence_count":0,"versions_count":{"external/vendor":1}}', X'38B4E652E44DA7F2370D9E260E271365', X'4BA83E64588BA5CBDB45EF83EC038DDBFEBECF7A896377FA691A16C4AFA99BBE');
INSERT INTO event VALUES (1, 1, 'north', 'open-north-1', 'open_account', 1736121600000000, 1753401600001001, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-1","kind":"open_account","opens":{"id":"external/market","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001001Z","sequence_count":1,"versions_count":{"external/market":1}}', X'50A4A3A6D07F5C0C332F8B1224083FD2', X'1B22DE87F33F95EBC75BAF5004E60D7EDED38E335BDB28A22AF4418599AE1518');
INSERT INTO event VALUES (1, 10, 'north', 'open-north-10', 'open_account', 1736121600000000, 1753401600001010, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-10","kind":"open_account","opens":{"id":"due_to/south/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001010Z","sequence_count":10,"versions_count":{"due_to/south/pact/USD/2":1}}', X'CCDAEBF990D19838B0D7EC0B3E97818E', X'0178DC65E8E1E7D0E8919F8375587B3532F7A6D84D66298527ABB65AAE78DF74');
INSERT INTO event VALUES (1, 11, 'north', 'open-north-11', 'open_account', 1736121600000000, 1753401600001011, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-11","kind":"open_account","opens":{"id":"due_from/east/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001011Z","sequence_count":11,"versions_count":{"due_from/east/pact/GPU:a":1}}', X'CB96C4DBADBE172296D5234A42B24C6B', X'07F3A9132A7DC8985D1F9D6735F9BCC10A6112A431050700D26DE65B4606382E');
INSERT INTO event VALUES (1, 12, 'north', 'open-north-12', 'open_account', 1736121600000000, 1753401600001012, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-12","kind":"open_account","opens":{"id":"due_from/east/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001012Z","sequence_count":12,"versions_count":{"due_from/east/pact/USD/2":1}}', X'A4E6ED24EC636A8AC0A1271E58662792', X'66A06350664572EEE5FB7AC32CDA1AB5C37D6A43C1D63FE8C3CE683C389EBB3B');
INSERT INTO event VALUES (1, 13, 'north', 'open-north-13', 'open_account', 1736121600000000, 1753401600001013, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-13","kind":"open_account","opens":{"id":"due_to/east/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001013Z","sequence_count":13,"versions_count":{"due_to/east/pact/GPU:a":1}}', X'38AAF84E58056D8F2FA8EDD094BA97AE', X'93156BFC83EBF247239A0E77AC2E570FF11D94AD33779C00C6207F6A7E64259C');
INSERT INTO event VALUES (1, 14, 'north', 'open-north-14', 'open_account', 1736121600000000, 1753401600001014, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-14","kind":"open_account","opens":{"id":"due_to/east/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001014Z","sequence_count":14,"versions_count":{"due_to/east/pact/USD/2":1}}', X'8B15442EE2DB611A91BFE39469733A92', X'DA26B75D4DA1922BFABCA1A7B8AE5DC3C1C93D58E8A7E1B0DE7E625F1DF1F8F9');
INSERT INTO event VALUES (1, 15, 'north', 'e-7-19', 'post', 1753398015731000, 1753401600010000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:15.731000Z","entries":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"external/market","amount_count":2,"side":"credit"}],"id":"e-7-19","kind":"post","organisation":"north"},"group":"g-7-20","moved":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"external/market","amount_count":2,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.010000Z","sequence_count":15,"versions_count":{"external/market":2,"money/USD":2}}', X'5FCCD096CF05AE2EC55C4343BC9C2C48', X'368B0005945A61A6FC08C6C9097306BD0907B558DEAF294787ED18CCCD0F3010');
INSERT INTO event VALUES (1, 16, 'north', 'e-7-31', 'post', 1753398029197000, 1753401600015000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:29.197000Z","entries":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"loan/USD","amount_count":2,"side":"credit"}],"id":"e-7-31","kind":"post","organisation":"north"},"group":"g-7-32","moved":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"loan/USD","amount_count":2,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.015000Z","sequence_count":16,"versions_count":{"loan/USD":2,"money/USD":3}}', X'59470C014E0C4B25EF13406B01F4DA88', X'8DDA0158B435822C73B5947B3786016B679DEC2A47D07BE3E1B916356B8B0E8F');
INSERT INTO event VALUES (1, 17, 'north', 'e-7-29', 'reserve', 1753398029197000, 1753401600015001, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:29.197000Z","entries":[{"account":"title/lot-2","amount_count":13,"side":"debit"},{"account":"external/vendor","amount_count":13,"side":"credit"}],"id":"e-7-29","kind":"reserve","organisation":"north"},"group":"g-7-32","moved":[{"account":"title/lot-2","amount_count":13,"side":"debit"},{"account":"external/vendor","amount_count":13,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.015001Z","sequence_count":17,"versions_count":{"external/vendor":2,"title/lot-2":2}}', X'ED66875EF7AA1C9C11BDFB90F5889051', X'322435CFA96D2D99040A9C2203C0F8D68328F74006498810F04C6BDBB61FF523');
INSERT INTO event VALUES (1, 18, 'north', 'e-7-46', 'post', 1753398047584000, 1753401600021000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:47.584000Z","entries":[{"account":"title/lot-2","amount_count":8,"side":"debit"},{"account":"external/vendor","amount_count":8,"side":"credit"}],"id":"e-7-46","kind":"post","organisation":"north"},"group":"g-7-47","moved":[{"account":"title/lot-2","amount_count":8,"side":"debit"},{"account":"external/vendor","amount_count":8,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.021000Z","sequence_count":18,"versions_count":{"external/vendor":3,"title/lot-2":3}}', X'C039FEF3263620202D31C4B0B2A8F4DB', X'B45FC28B18EDE291A2EAEE8B366ABD7C51C6E000F880B0810DCCAA6D7FCA206C');
INSERT INTO event VALUES (1, 19, 'north', 'e-7-53', 'reserve', 1753398054084000, 1753401600024000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:54.084000Z","entries":[{"account":"title/lot-2","amount_count":13,"side":"debit"},{"account":"external/vendor","amount_count":13,"side":"credit"}],"id":"e-7-53","kind":"reserve","organisation":"north"},"group":"g-7-54","moved":[{"account":"title/lot-2","amount_count":13,"side":"debit"},{"account":"external/vendor","amount_count":13,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.024000Z","sequence_count":19,"versions_count":{"external/vendor":4,"title/lot-2":4}}', X'DB721BAD818862BD657AD20D5D9AE674', X'93B50D2E4E071BF52E930F4778AE1538D06F869862271EB60952D2ED1C8791D7');
INSERT INTO event VALUES (1, 2, 'north', 'open-north-2', 'open_account', 1736121600000000, 1753401600001002, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-2","kind":"open_account","opens":{"id":"title/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001002Z","sequence_count":2,"versions_count":{"title/lot-1":1}}', X'2B902F8911E81818F8C99D5D5D983195', X'20A0A17E83A2664157F6B00C357E6209DD2FA69CFC610D5E799D0E5870EB86A0');
INSERT INTO event VALUES (1, 20, 'north', 'e-7-55', 'reverse', 1753398054771000, 1753401600025000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:00:54.771000Z","id":"e-7-55","kind":"reverse","of":"e-7-19","organisation":"north"},"group":"g-7-56","moved":[{"account":"money/USD","amount_count":2,"side":"credit"},{"account":"external/market","amount_count":2,"side":"debit"}],"recorded_at":"2025-07-25T00:00:00.025000Z","sequence_count":20,"versions_count":{"external/market":3,"money/USD":4}}', X'8FCB47E63483F8DE9114ACC7B6D0AEF3', X'A67D159276FE0D343E7DBE4834A4A36FD4E6070373BD652E8F563D25C4680FBB');
INSERT INTO event VALUES (1, 21, 'north', 'e-7-97', 'post_reserved', 1753398115436000, 1753401600047000, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-07-24T23:01:55.436000Z","id":"e-7-97","kind":"post_reserved","of":"e-7-53","organisation":"north"},"group":"g-7-98","moved":[{"account":"title/lot-2","amount_count":13,"side":"debit"},{"account":"external/vendor","amount_count":13,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.047000Z","sequence_count":21,"versions_count":{"external/vendor":5,"title/lot-2":5}}', X'95C10D570943C9995D98750DA08C351A', X'37358A74E56E2CEDE69190B4D7A13087A0F36281C38A16E7487FF5597EEF5626');
INSERT INTO event VALUES (1, 3, 'north', 'open-north-3', 'open_account', 1736121600000000, 1753401600001003, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-3","kind":"open_account","opens":{"id":"title/lot-2","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001003Z","sequence_count":3,"versions_count":{"title/lot-2":1}}', X'7504D90E945DE2E8F54EE781CC75F636', X'9F6FFE4862779AB0B0F4A81C29F01CDABE8D73DCF56CA0114035FB74048ADB68');
INSERT INTO event VALUES (1, 4, 'north', 'open-north-4', 'open_account', 1736121600000000, 1753401600001004, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-4","kind":"open_account","opens":{"id":"custody/hall/stored/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001004Z","sequence_count":4,"versions_count":{"custody/hall/stored/lot-1":1}}', X'D85099095AA300165A67036F9B540D6B', X'68992C38ACF65C848F72DE53245C8FF36E8A3FAB26D1FD0598F5EC651749D933');
INSERT INTO event VALUES (1, 5, 'north', 'open-north-5', 'open_account', 1736121600000000, 1753401600001005, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-5","kind":"open_account","opens":{"id":"money/USD","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001005Z","sequence_count":5,"versions_count":{"money/USD":1}}', X'8F0BE21124179C3DD9F73817CE6E118D', X'416B8016701A1505E4129807BE8E5726EEC6B39C30453B64EEDCDE43EF62C458');
INSERT INTO event VALUES (1, 6, 'north', 'open-north-6', 'open_account', 1736121600000000, 1753401600001006, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-6","kind":"open_account","opens":{"id":"loan/USD","limit":"debits_must_not_exceed_credits","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001006Z","sequence_count":6,"versions_count":{"loan/USD":1}}', X'264AAD6CB6DD210FAF94ACD3CF92C190', X'FBBFB0986F21F3674FC2521A4CE541D7927C2021E7D90B32DF2331FC621C18A7');
INSERT INTO event VALUES (1, 7, 'north', 'open-north-7', 'open_account', 1736121600000000, 1753401600001007, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-7","kind":"open_account","opens":{"id":"due_from/south/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001007Z","sequence_count":7,"versions_count":{"due_from/south/pact/GPU:a":1}}', X'237CB11F5D108CF25930263938B370A1', X'4C675A4CF35EB9F9AE024679506D70340515C5D911DAF4C6788951504EFA1540');
INSERT INTO event VALUES (1, 8, 'north', 'open-north-8', 'open_account', 1736121600000000, 1753401600001008, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-8","kind":"open_account","opens":{"id":"due_from/south/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001008Z","sequence_count":8,"versions_count":{"due_from/south/pact/USD/2":1}}', X'B5769FA0F1483F95A90D9DF2F130D60F', X'F39498B57BC194FE8102B455D92EBE53916BABFEB02A9DB7946FB238CD23089A');
INSERT INTO event VALUES (1, 9, 'north', 'open-north-9', 'open_account', 1736121600000000, 1753401600001009, '{"encoding":"armslength-event/v1","event":{"book":"private/north","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-north-9","kind":"open_account","opens":{"id":"due_to/south/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"north"},"group":"open-north","recorded_at":"2025-07-25T00:00:00.001009Z","sequence_count":9,"versions_count":{"due_to/south/pact/GPU:a":1}}', X'CF04BD93F50AE69514DA8C659CE2B10C', X'E5097719F0CEE7F06EE67BADECEBB4B54D070FFB5B00631B67AEAE3F984BD0EF');
INSERT INTO event VALUES (2, 0, 'south', 'open-south-0', 'open_account', 1736121600000000, 1753401600002000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-0","kind":"open_account","opens":{"id":"external/vendor","limit":"none","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002000Z","sequence_count":0,"versions_count":{"external/vendor":1}}', X'47D58FA3C55018300372555FD235F118', X'515B62B7551A2F627AC5A22591E3EDFB4DF80BC8368251B0D3283F9A04FB1A7B');
INSERT INTO event VALUES (2, 1, 'south', 'open-south-1', 'open_account', 1736121600000000, 1753401600002001, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-1","kind":"open_account","opens":{"id":"external/market","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002001Z","sequence_count":1,"versions_count":{"external/market":1}}', X'29FB388C22E44CB637F01210C3707A90', X'024FA4524462AB32163700432F789F15791CC85942BE0C0BE73FA4211D0B8D91');
INSERT INTO event VALUES (2, 10, 'south', 'open-south-10', 'open_account', 1736121600000000, 1753401600002010, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-10","kind":"open_account","opens":{"id":"due_to/north/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002010Z","sequence_count":10,"versions_count":{"due_to/north/pact/USD/2":1}}', X'38BDECFACE4ABD12108F391EBC070E83', X'871D57E3EE1C06AE1385D993C2141B22C418531D33BE1EECFE8943BB909BE385');
INSERT INTO event VALUES (2, 11, 'south', 'open-south-11', 'open_account', 1736121600000000, 1753401600002011, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-11","kind":"open_account","opens":{"id":"due_from/east/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002011Z","sequence_count":11,"versions_count":{"due_from/east/pact/GPU:a":1}}', X'E8180A6BD4F43A2AFFFCD3C12EF89057', X'A4CAA532189A616A51BD8EC769F0A8A581F21944D504DEAEB6377B4FEC8A95BE');
INSERT INTO event VALUES (2, 12, 'south', 'open-south-12', 'open_account', 1736121600000000, 1753401600002012, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-12","kind":"open_account","opens":{"id":"due_from/east/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002012Z","sequence_count":12,"versions_count":{"due_from/east/pact/USD/2":1}}', X'5575E826E2CBEAEE82AF2C7D696CF46B', X'4C7EF0EFC54BD8F2BBAB9715667A2CA8798FA9ADF9E47719C5D358396C35210A');
INSERT INTO event VALUES (2, 13, 'south', 'open-south-13', 'open_account', 1736121600000000, 1753401600002013, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-13","kind":"open_account","opens":{"id":"due_to/east/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002013Z","sequence_count":13,"versions_count":{"due_to/east/pact/GPU:a":1}}', X'977C090AF4E146F6D03110AB86EFDE13', X'129988BE761670E1ACF5A62EF9E8611078F9FED9EE1745B6875E2FE8CF06DAD0');
INSERT INTO event VALUES (2, 14, 'south', 'open-south-14', 'open_account', 1736121600000000, 1753401600002014, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-14","kind":"open_account","opens":{"id":"due_to/east/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002014Z","sequence_count":14,"versions_count":{"due_to/east/pact/USD/2":1}}', X'9EEABAC37A0DDE8EF2D3B1925E1302CA', X'F81FC4520255BBDA8835C6D0D2E48FC7BFC61A6CA32E0CCEB89FE31A15E5AF00');
INSERT INTO event VALUES (2, 15, 'south', 'e-7-5', 'reserve', 1753398004196000, 1753401600005000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:04.196000Z","entries":[{"account":"money/USD","amount_count":1000,"side":"debit"},{"account":"loan/USD","amount_count":1000,"side":"credit"}],"id":"e-7-5","kind":"reserve","organisation":"south","timeout_seconds":1},"group":"g-7-6","moved":[{"account":"money/USD","amount_count":1000,"side":"debit"},{"account":"loan/USD","amount_count":1000,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.005000Z","sequence_count":15,"versions_count":{"loan/USD":2,"money/USD":2}}', X'1118A88C1F772047597125E27E970D23', X'B9E93D5654C74E44C7BD069149EDEFA5994FFAF3579B56EC9A235B5D139BE37A');
INSERT INTO event VALUES (2, 16, 'south', 'e-7-13', 'post', 1753398009333000, 1753401600008000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:09.333000Z","entries":[{"account":"title/lot-2","amount_count":1000,"side":"debit"},{"account":"external/vendor","amount_count":1000,"side":"credit"},{"account":"money/USD","amount_count":7,"side":"debit"},{"account":"loan/USD","amount_count":7,"side":"credit"}],"id":"e-7-13","kind":"post","organisation":"south"},"group":"g-7-14","moved":[{"account":"title/lot-2","amount_count":1000,"side":"debit"},{"account":"external/vendor","amount_count":1000,"side":"credit"},{"account":"money/USD","amount_count":7,"side":"debit"},{"account":"loan/USD","amount_count":7,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.008000Z","sequence_count":16,"versions_count":{"external/vendor":2,"loan/USD":3,"money/USD":3,"title/lot-2":2}}', X'406DD85B24F0C6AE05765AE2C9996461', X'01504784830446B0602980542AC3FEA30519D0B4686EFCA8767DD1D268BA7547');
INSERT INTO event VALUES (2, 17, 'south', 'e-7-15', 'reserve', 1753203612450000, 1753401600009000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-22T17:00:12.450000Z","entries":[{"account":"loan/USD","amount_count":1,"side":"debit"},{"account":"money/USD","amount_count":1,"side":"credit"}],"id":"e-7-15","kind":"reserve","organisation":"south","timeout_seconds":1},"group":"g-7-18","moved":[{"account":"loan/USD","amount_count":1,"side":"debit"},{"account":"money/USD","amount_count":1,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.009000Z","sequence_count":17,"versions_count":{"loan/USD":4,"money/USD":4}}', X'5DDF2DF5FF87123BBDC0A2262A7C3E15', X'CE9406561C807925125E66E2CD789A9CA4469454EFA19BFCF252DDD585E72C6B');
INSERT INTO event VALUES (2, 18, 'south', 'e-7-17', 'post', 1753398012450000, 1753401600009001, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:12.450000Z","entries":[{"account":"loan/USD","amount_count":1,"side":"debit"},{"account":"money/USD","amount_count":1,"side":"credit"}],"id":"e-7-17","kind":"post","organisation":"south"},"group":"g-7-18","moved":[{"account":"loan/USD","amount_count":1,"side":"debit"},{"account":"money/USD","amount_count":1,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.009001Z","sequence_count":18,"versions_count":{"loan/USD":5,"money/USD":5}}', X'F09A1C2DBD7DBB267686613B898C94A8', X'CD90E1552BC956FC346234E6F10B8C9F7FFBF54D0E98EF0C15D2ACD93FC672F3');
INSERT INTO event VALUES (2, 19, 'south', 'e-7-16', 'void', 1753398012450000, 1753401600009002, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:12.450000Z","id":"e-7-16","kind":"void","of":"e-7-15","organisation":"south"},"group":"g-7-18","moved":[{"account":"loan/USD","amount_count":1,"side":"debit"},{"account":"money/USD","amount_count":1,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.009002Z","sequence_count":19,"versions_count":{"loan/USD":6,"money/USD":6}}', X'EAE9BB3B9E9016037F84267C2E8CC2D4', X'4259D6DFA2C6C8EAD2DDCD4112EAD35D2FD0BE243D51F0FB40064156DF746826');
INSERT INTO event VALUES (2, 2, 'south', 'open-south-2', 'open_account', 1736121600000000, 1753401600002002, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-2","kind":"open_account","opens":{"id":"title/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002002Z","sequence_count":2,"versions_count":{"title/lot-1":1}}', X'B405420FB169779EDFB5B9342405157F', X'BA6946D48F8A48C295A4434147BE0ADE6B6B4C7426F612690ADAD42F8DC8559B');
INSERT INTO event VALUES (2, 20, 'south', 'e-7-48', 'reserve', 1753398048356000, 1753401600022000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:48.356000Z","entries":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"}],"id":"e-7-48","kind":"reserve","organisation":"south"},"group":"g-7-49","moved":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.022000Z","sequence_count":20,"versions_count":{"loan/USD":7,"money/USD":7}}', X'163FF7837AE041F3F48E1A9EC2E1ABA7', X'CBFF315F30669AF46B4CD90686773F3D80C8755DF49937A51FB414EBA1C6CB46');
INSERT INTO event VALUES (2, 21, 'south', 'e-7-59', 'reverse', 1753398059522000, 1753401600027000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:00:59.522000Z","id":"e-7-59","kind":"reverse","of":"e-7-17","organisation":"south"},"group":"g-7-60","moved":[{"account":"loan/USD","amount_count":1,"side":"credit"},{"account":"money/USD","amount_count":1,"side":"debit"}],"recorded_at":"2025-07-25T00:00:00.027000Z","sequence_count":21,"versions_count":{"loan/USD":8,"money/USD":8}}', X'9318E0DF7F2B3AAEA36941CCC86E2C8F', X'ADC2680367CB61C667F25FD11FA7524804A5FF065729F65C54D18C5AB7A3DA03');
INSERT INTO event VALUES (2, 22, 'south', 'e-7-63', 'reserve', 1753398064557000, 1753401600031000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:01:04.557000Z","entries":[{"account":"money/USD","amount_count":8,"side":"debit"},{"account":"loan/USD","amount_count":8,"side":"credit"},{"account":"title/lot-2","amount_count":7,"side":"debit"},{"account":"external/vendor","amount_count":7,"side":"credit"}],"id":"e-7-63","kind":"reserve","organisation":"south","timeout_seconds":1},"group":"g-7-64","moved":[{"account":"money/USD","amount_count":8,"side":"debit"},{"account":"loan/USD","amount_count":8,"side":"credit"},{"account":"title/lot-2","amount_count":7,"side":"debit"},{"account":"external/vendor","amount_count":7,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.031000Z","sequence_count":22,"versions_count":{"external/vendor":3,"loan/USD":9,"money/USD":9,"title/lot-2":3}}', X'A3F1726423E4E765047A2366AD0CE564', X'1F645434680F2320EE691E44E4B856D4E87A25F17431BC9AAEBA826CAD409091');
INSERT INTO event VALUES (2, 23, 'south', 'e-7-75', 'post', 1753398085178000, 1753401600037000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:01:25.178000Z","entries":[{"account":"title/lot-2","amount_count":100,"side":"debit"},{"account":"external/vendor","amount_count":100,"side":"credit"}],"id":"e-7-75","kind":"post","organisation":"south"},"group":"g-7-76","moved":[{"account":"title/lot-2","amount_count":100,"side":"debit"},{"account":"external/vendor","amount_count":100,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.037000Z","sequence_count":23,"versions_count":{"external/vendor":4,"title/lot-2":4}}', X'2879EF0F7DC9CB307DB13D110D2D13FC', X'A5C8DC9B894DD5AAD6CDAA6A4E29A1585DBE084118A24A7EE0158413D16922B9');
INSERT INTO event VALUES (2, 24, 'south', 'e-7-112', 'reserve', 1753398127602000, 1753401600054000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:02:07.602000Z","entries":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"},{"account":"title/lot-1","amount_count":7,"side":"debit"},{"account":"external/vendor","amount_count":7,"side":"credit"}],"id":"e-7-112","kind":"reserve","organisation":"south"},"group":"g-7-115","moved":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"},{"account":"title/lot-1","amount_count":7,"side":"debit"},{"account":"external/vendor","amount_count":7,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.054000Z","sequence_count":24,"versions_count":{"external/vendor":5,"loan/USD":10,"money/USD":10,"title/lot-1":2}}', X'9C91F919454EEEF22F8A155DA0E21D9D', X'A10184580EA673E850EABD389B6FF79DAA0272528E89FA35A26D03F1EE49395E');
INSERT INTO event VALUES (2, 25, 'south', 'e-7-113', 'post_reserved', 1753398127602000, 1753401600054001, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:02:07.602000Z","id":"e-7-113","kind":"post_reserved","of":"e-7-112","organisation":"south"},"group":"g-7-115","moved":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"},{"account":"title/lot-1","amount_count":7,"side":"debit"},{"account":"external/vendor","amount_count":7,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.054001Z","sequence_count":25,"versions_count":{"external/vendor":6,"loan/USD":11,"money/USD":11,"title/lot-1":3}}', X'FA3987069D330012373FD4DF1C633C35', X'83A0156872DD6206DA522DD73AF51BB894D3EE387DD427F386BA45B7A86A6851');
INSERT INTO event VALUES (2, 26, 'south', 'e-7-120', 'reserve', 1753398135253000, 1753401600057000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:02:15.253000Z","entries":[{"account":"title/lot-2","amount_count":5,"side":"debit"},{"account":"external/vendor","amount_count":5,"side":"credit"}],"id":"e-7-120","kind":"reserve","organisation":"south"},"group":"g-7-121","moved":[{"account":"title/lot-2","amount_count":5,"side":"debit"},{"account":"external/vendor","amount_count":5,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.057000Z","sequence_count":26,"versions_count":{"external/vendor":7,"title/lot-2":5}}', X'DEF693407C8D99F47185EE580FF82E9A', X'FD703C0B8E5A4AB2E81A3D3CDB7C353841B3990EBC9BAA24DF5CAC0182896680');
INSERT INTO event VALUES (2, 27, 'south', 'e-7-126', 'reserve', 1753398143580000, 1753401600060000, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-07-24T23:02:23.580000Z","entries":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"}],"id":"e-7-126","kind":"reserve","organisation":"south"},"group":"g-7-127","moved":[{"account":"money/USD","amount_count":3,"side":"debit"},{"account":"loan/USD","amount_count":3,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.060000Z","sequence_count":27,"versions_count":{"loan/USD":12,"money/USD":12}}', X'26EE53D92407F27CDAFA3BFEA39B52FA', X'49D404858EDD19271E843058FA98806AEB1203675C6FDDD7D9FD98EFE362E602');
INSERT INTO event VALUES (2, 3, 'south', 'open-south-3', 'open_account', 1736121600000000, 1753401600002003, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-3","kind":"open_account","opens":{"id":"title/lot-2","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002003Z","sequence_count":3,"versions_count":{"title/lot-2":1}}', X'54B12EAE62D11E887EB0766D1877F8C6', X'1021E35073EE9BB81392FDCA23E36C73ABCD120CB3073AACD67589F99A36C9CF');
INSERT INTO event VALUES (2, 4, 'south', 'open-south-4', 'open_account', 1736121600000000, 1753401600002004, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-4","kind":"open_account","opens":{"id":"custody/hall/stored/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002004Z","sequence_count":4,"versions_count":{"custody/hall/stored/lot-1":1}}', X'EFF26B5010AF3177D161E79587A766EC', X'A41CD812A4953A836CC50DB16112A9FDA20E0BAF4B7668501CD86F2874DF5358');
INSERT INTO event VALUES (2, 5, 'south', 'open-south-5', 'open_account', 1736121600000000, 1753401600002005, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-5","kind":"open_account","opens":{"id":"money/USD","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002005Z","sequence_count":5,"versions_count":{"money/USD":1}}', X'30E4037458A9905CAD87BD4C77E2983F', X'3C11B3072AE218735FFD2EAC4C38AF069B9FDE047766103618F0A6E4D49D892C');
INSERT INTO event VALUES (2, 6, 'south', 'open-south-6', 'open_account', 1736121600000000, 1753401600002006, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-6","kind":"open_account","opens":{"id":"loan/USD","limit":"debits_must_not_exceed_credits","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002006Z","sequence_count":6,"versions_count":{"loan/USD":1}}', X'27745CCB9A31052E944CF1B220EAA2C7', X'8D3AC62B5C9983A393D95A9DF87699ECC9B214C92256E358919DECAD7465994D');
INSERT INTO event VALUES (2, 7, 'south', 'open-south-7', 'open_account', 1736121600000000, 1753401600002007, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-7","kind":"open_account","opens":{"id":"due_from/north/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002007Z","sequence_count":7,"versions_count":{"due_from/north/pact/GPU:a":1}}', X'FB1B7D3E3F73F414AF6E0D935520DD4C', X'3A380549C0326B5C66D88A763AE282EB08C3AE4B0AAFB137331878EC6BBEC647');
INSERT INTO event VALUES (2, 8, 'south', 'open-south-8', 'open_account', 1736121600000000, 1753401600002008, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-8","kind":"open_account","opens":{"id":"due_from/north/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002008Z","sequence_count":8,"versions_count":{"due_from/north/pact/USD/2":1}}', X'2147738606F2BF7EC70209E0CD05EE57', X'537ADF1AED920FFCAA52B7562DA6C7421CA4A3309EE56EE1C3B1C8C7F952AAD5');
INSERT INTO event VALUES (2, 9, 'south', 'open-south-9', 'open_account', 1736121600000000, 1753401600002009, '{"encoding":"armslength-event/v1","event":{"book":"private/south","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-south-9","kind":"open_account","opens":{"id":"due_to/north/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"south"},"group":"open-south","recorded_at":"2025-07-25T00:00:00.002009Z","sequence_count":9,"versions_count":{"due_to/north/pact/GPU:a":1}}', X'20EDBCBA3ACCE672084AB649FCBCE49B', X'14B8B04319D989E354997DF4408C37B7920F4383C6188F7E610F5D64B24009BA');
INSERT INTO event VALUES (3, 0, 'east', 'open-east-0', 'open_account', 1736121600000000, 1753401600003000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-0","kind":"open_account","opens":{"id":"external/vendor","limit":"none","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003000Z","sequence_count":0,"versions_count":{"external/vendor":1}}', X'57501FE0CA9A7FD1CCC1515042421257', X'21B9AD0895223FA19E86304D288FBCEF61FE74F3B300CBCD3C6EA8305865835D');
INSERT INTO event VALUES (3, 1, 'east', 'open-east-1', 'open_account', 1736121600000000, 1753401600003001, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-1","kind":"open_account","opens":{"id":"external/market","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003001Z","sequence_count":1,"versions_count":{"external/market":1}}', X'8FE0FEB17B4AA559CD9F28984B14267F', X'58C018E8570A59BCCD5F3C4FBFD28861A08992EEB0C8D9AED65D254FB6601A98');
INSERT INTO event VALUES (3, 10, 'east', 'open-east-10', 'open_account', 1736121600000000, 1753401600003010, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-10","kind":"open_account","opens":{"id":"due_to/north/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003010Z","sequence_count":10,"versions_count":{"due_to/north/pact/USD/2":1}}', X'E637052B3839659C78FDF91D0AAA627E', X'852E597C9D2F38B0A9EFA2140FDF14AB2395740A9684BA1753C355067CD24D40');
INSERT INTO event VALUES (3, 11, 'east', 'open-east-11', 'open_account', 1736121600000000, 1753401600003011, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-11","kind":"open_account","opens":{"id":"due_from/south/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003011Z","sequence_count":11,"versions_count":{"due_from/south/pact/GPU:a":1}}', X'00A3170FFB76DC37C1EAAAC499239549', X'DBF5BA237185F1E9DDEAC8C0FC26907D5CC5851ACAB07946E0A6E63526D52CF9');
INSERT INTO event VALUES (3, 12, 'east', 'open-east-12', 'open_account', 1736121600000000, 1753401600003012, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-12","kind":"open_account","opens":{"id":"due_from/south/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003012Z","sequence_count":12,"versions_count":{"due_from/south/pact/USD/2":1}}', X'CF701C21E66105BD83AF633F509FDC65', X'7F7F8A4B8977B3BDE890358B6F14B54E0E9CA5B75C04F4998F4B36FABEBAD84A');
INSERT INTO event VALUES (3, 13, 'east', 'open-east-13', 'open_account', 1736121600000000, 1753401600003013, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-13","kind":"open_account","opens":{"id":"due_to/south/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003013Z","sequence_count":13,"versions_count":{"due_to/south/pact/GPU:a":1}}', X'9C471564D277B4EAB08215DF3C101B7F', X'60AFB799A15A0BFF76AB716DA32A9A5924EA7C3A8ADAEBB33055DBC908C20430');
INSERT INTO event VALUES (3, 14, 'east', 'open-east-14', 'open_account', 1736121600000000, 1753401600003014, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-14","kind":"open_account","opens":{"id":"due_to/south/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003014Z","sequence_count":14,"versions_count":{"due_to/south/pact/USD/2":1}}', X'E7F9A0141AFB962A02F2FD727628D266', X'E92C70CC524D43C92EFAAF0418085876CE980044DF27B9B3E3D47D4DF2A1C731');
INSERT INTO event VALUES (3, 15, 'east', 'e-7-9', 'reserve', 1753398006978000, 1753401600007000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:00:06.978000Z","entries":[{"account":"money/USD","amount_count":13,"side":"debit"},{"account":"external/market","amount_count":13,"side":"credit"}],"id":"e-7-9","kind":"reserve","organisation":"east"},"group":"g-7-12","moved":[{"account":"money/USD","amount_count":13,"side":"debit"},{"account":"external/market","amount_count":13,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.007000Z","sequence_count":15,"versions_count":{"external/market":2,"money/USD":2}}', X'D952BCD1B0AA366E09162EDD5F30DB8C', X'7D6836914DDD4966D7C160E14A8AB094A3A4F5CDE0ABB65AEAA3C84C38880F89');
INSERT INTO event VALUES (3, 16, 'east', 'e-7-10', 'void', 1753398006978000, 1753401600007001, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:00:06.978000Z","id":"e-7-10","kind":"void","of":"e-7-9","organisation":"east"},"group":"g-7-12","moved":[{"account":"money/USD","amount_count":13,"side":"debit"},{"account":"external/market","amount_count":13,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.007001Z","sequence_count":16,"versions_count":{"external/market":3,"money/USD":3}}', X'4D9A46473A6AD6B44DDF506A4A1B89FC', X'F9AA1917BFFEC7D841CACE827AF30FAA7BF98E02423C54750F015A904A5309CB');
INSERT INTO event VALUES (3, 17, 'east', 'e-7-69', 'reserve', 1753398075243000, 1753401600034000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:01:15.243000Z","entries":[{"account":"title/lot-1","amount_count":3,"side":"debit"},{"account":"external/vendor","amount_count":3,"side":"credit"}],"id":"e-7-69","kind":"reserve","organisation":"east"},"group":"g-7-70","moved":[{"account":"title/lot-1","amount_count":3,"side":"debit"},{"account":"external/vendor","amount_count":3,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.034000Z","sequence_count":17,"versions_count":{"external/vendor":2,"title/lot-1":2}}', X'2C68811A5C14457B0BCD60A286688366', X'3E532283D118B66D9D52B1E442AD13EBC607297EAF268EFF4D6C85AF830DACBD');
INSERT INTO event VALUES (3, 18, 'east', 'e-7-107', 'post', 1753398127083000, 1753401600052000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:02:07.083000Z","entries":[{"account":"custody/hall/stored/lot-1","amount_count":2,"side":"debit"},{"account":"external/vendor","amount_count":2,"side":"credit"}],"id":"e-7-107","kind":"post","organisation":"east"},"group":"g-7-108","moved":[{"account":"custody/hall/stored/lot-1","amount_count":2,"side":"debit"},{"account":"external/vendor","amount_count":2,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.052000Z","sequence_count":18,"versions_count":{"custody/hall/stored/lot-1":2,"external/vendor":3}}', X'C8490F0016BB18917F4CB926B3D75F89', X'32E9E1BFD3F7ACA83A4629009C8EF4BCAE776B590D454BF5A81DBD575A6CF046');
INSERT INTO event VALUES (3, 19, 'east', 'e-7-122', 'reserve', 1753398137511000, 1753401600058000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:02:17.511000Z","entries":[{"account":"title/lot-1","amount_count":2,"side":"debit"},{"account":"external/vendor","amount_count":2,"side":"credit"}],"id":"e-7-122","kind":"reserve","organisation":"east"},"group":"g-7-123","moved":[{"account":"title/lot-1","amount_count":2,"side":"debit"},{"account":"external/vendor","amount_count":2,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.058000Z","sequence_count":19,"versions_count":{"external/vendor":4,"title/lot-1":3}}', X'A8D0395D92FD6179AB96721FC3CE871D', X'0C0D8578B869A2062E99417ADA3BF5E9EF3F1DBA39501B90B79D3AD40AFF611A');
INSERT INTO event VALUES (3, 2, 'east', 'open-east-2', 'open_account', 1736121600000000, 1753401600003002, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-2","kind":"open_account","opens":{"id":"title/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003002Z","sequence_count":2,"versions_count":{"title/lot-1":1}}', X'1B037494DD1C01CC6ADFC974D1729A11', X'E821517556EEC3360ED9233C4FE91E44464C6FFE4BCD76A636CE849FFE41B1A9');
INSERT INTO event VALUES (3, 20, 'east', 'e-7-128', 'post', 1753398144999000, 1753401600061000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:02:24.999000Z","entries":[{"account":"title/lot-2","amount_count":5,"side":"debit"},{"account":"external/vendor","amount_count":5,"side":"credit"}],"id":"e-7-128","kind":"post","organisation":"east"},"group":"g-7-129","moved":[{"account":"title/lot-2","amount_count":5,"side":"debit"},{"account":"external/vendor","amount_count":5,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.061000Z","sequence_count":20,"versions_count":{"external/vendor":5,"title/lot-2":2}}', X'D7154B77682CFB7A8B96DC7BBE8DD54F', X'43725E82E2FA1465AAC805A19C9A9E8830F2D3E5F417AFEB63112C7B014730E0');
INSERT INTO event VALUES (3, 21, 'east', 'e-7-130', 'post', 1753398146929000, 1753401600062000, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-07-24T23:02:26.929000Z","entries":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"loan/USD","amount_count":2,"side":"credit"}],"id":"e-7-130","kind":"post","organisation":"east"},"group":"g-7-131","moved":[{"account":"money/USD","amount_count":2,"side":"debit"},{"account":"loan/USD","amount_count":2,"side":"credit"}],"recorded_at":"2025-07-25T00:00:00.062000Z","sequence_count":21,"versions_count":{"loan/USD":2,"money/USD":4}}', X'9E89FC155AE2E424B3F7281A55A1EABF', X'0CF99FA09508B0C017A345CCC934DAEF75D00ABAE8E8629CE77A254137835C79');
INSERT INTO event VALUES (3, 3, 'east', 'open-east-3', 'open_account', 1736121600000000, 1753401600003003, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-3","kind":"open_account","opens":{"id":"title/lot-2","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003003Z","sequence_count":3,"versions_count":{"title/lot-2":1}}', X'FE2008D737E8F517D69ED6F181BD1A45', X'5627E675E1FE2164F9A68FEAD93FCF9CD864C5D9B8E0FECF014939EF96C3721D');
INSERT INTO event VALUES (3, 4, 'east', 'open-east-4', 'open_account', 1736121600000000, 1753401600003004, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-4","kind":"open_account","opens":{"id":"custody/hall/stored/lot-1","limit":"credits_must_not_exceed_debits","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003004Z","sequence_count":4,"versions_count":{"custody/hall/stored/lot-1":1}}', X'29825E79455971B21AE105AAB2D6A310', X'7E32EFCDC3661FA2DC4EC3110B9051DFA1A33FF59244482B4C209F948D942D6D');
INSERT INTO event VALUES (3, 5, 'east', 'open-east-5', 'open_account', 1736121600000000, 1753401600003005, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-5","kind":"open_account","opens":{"id":"money/USD","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003005Z","sequence_count":5,"versions_count":{"money/USD":1}}', X'0B08880F0F422DBB36FB94B3CB6D424F', X'CFEEE416E5ABEA197143BE5751CE29B0366DCFB1CAEC3E1A5514EE173A0BE27F');
INSERT INTO event VALUES (3, 6, 'east', 'open-east-6', 'open_account', 1736121600000000, 1753401600003006, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-6","kind":"open_account","opens":{"id":"loan/USD","limit":"debits_must_not_exceed_credits","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003006Z","sequence_count":6,"versions_count":{"loan/USD":1}}', X'813CAAA5B348F4930B893BFE338F65AE', X'F15A3BB4141E16E94D244645A09CD0D8409865AE94758311E19F2F8C6C28CB0B');
INSERT INTO event VALUES (3, 7, 'east', 'open-east-7', 'open_account', 1736121600000000, 1753401600003007, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-7","kind":"open_account","opens":{"id":"due_from/north/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003007Z","sequence_count":7,"versions_count":{"due_from/north/pact/GPU:a":1}}', X'A5A969D270831572AF40DB4852EB74B7', X'4347D3E9C4A0E719D28B415868A9C367A7D4C2770ABF5BCF71C6E65B9D087A69');
INSERT INTO event VALUES (3, 8, 'east', 'open-east-8', 'open_account', 1736121600000000, 1753401600003008, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-8","kind":"open_account","opens":{"id":"due_from/north/pact/USD/2","limit":"none","unit":"USD/2"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003008Z","sequence_count":8,"versions_count":{"due_from/north/pact/USD/2":1}}', X'4F3AC362881215E31ED32CAB3D56D558', X'36483B0DAA9C64AD4742D326AA35691F150DE8AEB1A8B93EE1A4C4811588A94D');
INSERT INTO event VALUES (3, 9, 'east', 'open-east-9', 'open_account', 1736121600000000, 1753401600003009, '{"encoding":"armslength-event/v1","event":{"book":"private/east","effective_at":"2025-01-06T00:00:00.000000Z","id":"open-east-9","kind":"open_account","opens":{"id":"due_to/north/pact/GPU:a","limit":"none","unit":"GPU:a"},"organisation":"east"},"group":"open-east","recorded_at":"2025-07-25T00:00:00.003009Z","sequence_count":9,"versions_count":{"due_to/north/pact/GPU:a":1}}', X'07AFC6053558CEF092A9317629B2FF5A', X'80DC3EE215787DCCC37610DBBCF8EF700C9071BAD5D013862DA2D830FDC30A30');
INSERT INTO event VALUES (4, 0, 'north', 'e-7-83', 'record', 1753171299153000, 1753401600041000, '{"encoding":"armslength-event/v1","event":{"body":{"list":[1,{"a":null}],"text":""},"book":"agreement/pact","effective_at":"2025-07-22T08:01:39.153000Z","id":"e-7-83","kind":"record","organisation":"north","topic":"agreement.approve"},"group":"g-7-84","recorded_at":"2025-07-25T00:00:00.041000Z","sequence_count":0}', X'0A81713531ECCC70A5B38C29F942241C', X'D25C48AD0186BEB0D63142FF620615EDB22EB30F55BB50937D9678ED00A803DB');
INSERT INTO event VALUES (4, 1, 'north', 'e-7-118', 'record', 1753398134919000, 1753401600056000, '{"encoding":"armslength-event/v1","event":{"body":{"list":[1,{"a":null}],"text":"éé"},"book":"agreement/pact","effective_at":"2025-07-24T23:02:14.919000Z","id":"e-7-118","kind":"record","organisation":"north","topic":"agreement.approve"},"group":"g-7-119","recorded_at":"2025-07-25T00:00:00.056000Z","sequence_count":1}', X'1CA0339D4A9150609D67072687AA68A2', X'550449693C488661FAE9DE13406F5E9CF13081070CC446C5829C4163AFACC987');
INSERT INTO account VALUES (1, 1, 'external/vendor', 'GPU:a', 'none', 0, 5, 0, NULL, 0, 21, 0, 13);
INSERT INTO account VALUES (10, 1, 'due_to/south/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (11, 1, 'due_to/south/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (12, 1, 'due_from/east/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (13, 1, 'due_from/east/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (14, 1, 'due_to/east/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (15, 1, 'due_to/east/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (16, 2, 'external/vendor', 'GPU:a', 'none', 0, 7, 0, NULL, 0, 1107, 0, 12);
INSERT INTO account VALUES (17, 2, 'external/market', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (18, 2, 'title/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 3, 0, NULL, 7, 0, 0, 0);
INSERT INTO account VALUES (19, 2, 'title/lot-2', 'GPU:a', 'credits_must_not_exceed_debits', 0, 5, 0, NULL, 1100, 0, 12, 0);
INSERT INTO account VALUES (2, 1, 'external/market', 'USD/2', 'none', 0, 3, 0, NULL, 2, 2, 0, 0);
INSERT INTO account VALUES (20, 2, 'custody/hall/stored/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (21, 2, 'money/USD', 'USD/2', 'none', 0, 12, 0, NULL, 11, 1, 1014, 0);
INSERT INTO account VALUES (22, 2, 'loan/USD', 'USD/2', 'debits_must_not_exceed_credits', 0, 12, 0, NULL, 1, 11, 0, 1014);
INSERT INTO account VALUES (23, 2, 'due_from/north/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (24, 2, 'due_from/north/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (25, 2, 'due_to/north/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (26, 2, 'due_to/north/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (27, 2, 'due_from/east/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (28, 2, 'due_from/east/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (29, 2, 'due_to/east/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (3, 1, 'title/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (30, 2, 'due_to/east/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (31, 3, 'external/vendor', 'GPU:a', 'none', 0, 5, 0, NULL, 0, 7, 0, 5);
INSERT INTO account VALUES (32, 3, 'external/market', 'USD/2', 'none', 0, 3, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (33, 3, 'title/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 3, 0, NULL, 0, 0, 5, 0);
INSERT INTO account VALUES (34, 3, 'title/lot-2', 'GPU:a', 'credits_must_not_exceed_debits', 0, 2, 0, NULL, 5, 0, 0, 0);
INSERT INTO account VALUES (35, 3, 'custody/hall/stored/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 2, 0, NULL, 2, 0, 0, 0);
INSERT INTO account VALUES (36, 3, 'money/USD', 'USD/2', 'none', 0, 4, 0, NULL, 2, 0, 0, 0);
INSERT INTO account VALUES (37, 3, 'loan/USD', 'USD/2', 'debits_must_not_exceed_credits', 0, 2, 0, NULL, 0, 2, 0, 0);
INSERT INTO account VALUES (38, 3, 'due_from/north/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (39, 3, 'due_from/north/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (4, 1, 'title/lot-2', 'GPU:a', 'credits_must_not_exceed_debits', 0, 5, 0, NULL, 21, 0, 13, 0);
INSERT INTO account VALUES (40, 3, 'due_to/north/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (41, 3, 'due_to/north/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (42, 3, 'due_from/south/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (43, 3, 'due_from/south/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (44, 3, 'due_to/south/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (45, 3, 'due_to/south/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (5, 1, 'custody/hall/stored/lot-1', 'GPU:a', 'credits_must_not_exceed_debits', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (6, 1, 'money/USD', 'USD/2', 'none', 0, 4, 0, NULL, 4, 2, 0, 0);
INSERT INTO account VALUES (7, 1, 'loan/USD', 'USD/2', 'debits_must_not_exceed_credits', 0, 2, 0, NULL, 0, 2, 0, 0);
INSERT INTO account VALUES (8, 1, 'due_from/south/pact/GPU:a', 'GPU:a', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO account VALUES (9, 1, 'due_from/south/pact/USD/2', 'USD/2', 'none', 0, 1, 0, NULL, 0, 0, 0, 0);
INSERT INTO movement VALUES (1, 17, 1, 1753398029197000, 0, 0, 0, 13, 0, 0, 0, 13);
INSERT INTO movement VALUES (1, 18, 1, 1753398047584000, 0, 8, 0, 0, 0, 8, 0, 13);
INSERT INTO movement VALUES (1, 19, 1, 1753398054084000, 0, 0, 0, 13, 0, 8, 0, 26);
INSERT INTO movement VALUES (1, 21, 1, 1753398115436000, 0, 13, 0, -13, 0, 21, 0, 13);
INSERT INTO movement VALUES (16, 16, 2, 1753398009333000, 0, 1000, 0, 0, 0, 1000, 0, 0);
INSERT INTO movement VALUES (16, 22, 2, 1753398064557000, 0, 0, 0, 7, 0, 1000, 0, 7);
INSERT INTO movement VALUES (16, 23, 2, 1753398085178000, 0, 100, 0, 0, 0, 1100, 0, 7);
INSERT INTO movement VALUES (16, 24, 2, 1753398127602000, 0, 0, 0, 7, 0, 1100, 0, 14);
INSERT INTO movement VALUES (16, 25, 2, 1753398127602000, 0, 7, 0, -7, 0, 1107, 0, 7);
INSERT INTO movement VALUES (16, 26, 2, 1753398135253000, 0, 0, 0, 5, 0, 1107, 0, 12);
INSERT INTO movement VALUES (18, 24, 2, 1753398127602000, 0, 0, 7, 0, 0, 0, 7, 0);
INSERT INTO movement VALUES (18, 25, 2, 1753398127602000, 7, 0, -7, 0, 7, 0, 0, 0);
INSERT INTO movement VALUES (19, 16, 2, 1753398009333000, 1000, 0, 0, 0, 1000, 0, 0, 0);
INSERT INTO movement VALUES (19, 22, 2, 1753398064557000, 0, 0, 7, 0, 1000, 0, 7, 0);
INSERT INTO movement VALUES (19, 23, 2, 1753398085178000, 100, 0, 0, 0, 1100, 0, 7, 0);
INSERT INTO movement VALUES (19, 26, 2, 1753398135253000, 0, 0, 5, 0, 1100, 0, 12, 0);
INSERT INTO movement VALUES (2, 15, 1, 1753398015731000, 0, 2, 0, 0, 0, 2, 0, 0);
INSERT INTO movement VALUES (2, 20, 1, 1753398054771000, 2, 0, 0, 0, 2, 2, 0, 0);
INSERT INTO movement VALUES (21, 15, 2, 1753398004196000, 0, 0, 1000, 0, 0, 0, 1000, 0);
INSERT INTO movement VALUES (21, 16, 2, 1753398009333000, 7, 0, 0, 0, 7, 0, 1000, 0);
INSERT INTO movement VALUES (21, 17, 2, 1753203612450000, 0, 0, 0, 1, 7, 0, 1000, 1);
INSERT INTO movement VALUES (21, 18, 2, 1753398012450000, 0, 1, 0, 0, 7, 1, 1000, 1);
INSERT INTO movement VALUES (21, 19, 2, 1753398012450000, 0, 0, 0, -1, 7, 1, 1000, 0);
INSERT INTO movement VALUES (21, 20, 2, 1753398048356000, 0, 0, 3, 0, 7, 1, 1003, 0);
INSERT INTO movement VALUES (21, 21, 2, 1753398059522000, 1, 0, 0, 0, 8, 1, 1003, 0);
INSERT INTO movement VALUES (21, 22, 2, 1753398064557000, 0, 0, 8, 0, 8, 1, 1011, 0);
INSERT INTO movement VALUES (21, 24, 2, 1753398127602000, 0, 0, 3, 0, 8, 1, 1014, 0);
INSERT INTO movement VALUES (21, 25, 2, 1753398127602000, 3, 0, -3, 0, 11, 1, 1011, 0);
INSERT INTO movement VALUES (21, 27, 2, 1753398143580000, 0, 0, 3, 0, 11, 1, 1014, 0);
INSERT INTO movement VALUES (22, 15, 2, 1753398004196000, 0, 0, 0, 1000, 0, 0, 0, 1000);
INSERT INTO movement VALUES (22, 16, 2, 1753398009333000, 0, 7, 0, 0, 0, 7, 0, 1000);
INSERT INTO movement VALUES (22, 17, 2, 1753203612450000, 0, 0, 1, 0, 0, 7, 1, 1000);
INSERT INTO movement VALUES (22, 18, 2, 1753398012450000, 1, 0, 0, 0, 1, 7, 1, 1000);
INSERT INTO movement VALUES (22, 19, 2, 1753398012450000, 0, 0, -1, 0, 1, 7, 0, 1000);
INSERT INTO movement VALUES (22, 20, 2, 1753398048356000, 0, 0, 0, 3, 1, 7, 0, 1003);
INSERT INTO movement VALUES (22, 21, 2, 1753398059522000, 0, 1, 0, 0, 1, 8, 0, 1003);
INSERT INTO movement VALUES (22, 22, 2, 1753398064557000, 0, 0, 0, 8, 1, 8, 0, 1011);
INSERT INTO movement VALUES (22, 24, 2, 1753398127602000, 0, 0, 0, 3, 1, 8, 0, 1014);
INSERT INTO movement VALUES (22, 25, 2, 1753398127602000, 0, 3, 0, -3, 1, 11, 0, 1011);
INSERT INTO movement VALUES (22, 27, 2, 1753398143580000, 0, 0, 0, 3, 1, 11, 0, 1014);
INSERT INTO movement VALUES (31, 17, 3, 1753398075243000, 0, 0, 0, 3, 0, 0, 0, 3);
INSERT INTO movement VALUES (31, 18, 3, 1753398127083000, 0, 2, 0, 0, 0, 2, 0, 3);
INSERT INTO movement VALUES (31, 19, 3, 1753398137511000, 0, 0, 0, 2, 0, 2, 0, 5);
INSERT INTO movement VALUES (31, 20, 3, 1753398144999000, 0, 5, 0, 0, 0, 7, 0, 5);
INSERT INTO movement VALUES (32, 15, 3, 1753398006978000, 0, 0, 0, 13, 0, 0, 0, 13);
INSERT INTO movement VALUES (32, 16, 3, 1753398006978000, 0, 0, 0, -13, 0, 0, 0, 0);
INSERT INTO movement VALUES (33, 17, 3, 1753398075243000, 0, 0, 3, 0, 0, 0, 3, 0);
INSERT INTO movement VALUES (33, 19, 3, 1753398137511000, 0, 0, 2, 0, 0, 0, 5, 0);
INSERT INTO movement VALUES (34, 20, 3, 1753398144999000, 5, 0, 0, 0, 5, 0, 0, 0);
INSERT INTO movement VALUES (35, 18, 3, 1753398127083000, 2, 0, 0, 0, 2, 0, 0, 0);
INSERT INTO movement VALUES (36, 15, 3, 1753398006978000, 0, 0, 13, 0, 0, 0, 13, 0);
INSERT INTO movement VALUES (36, 16, 3, 1753398006978000, 0, 0, -13, 0, 0, 0, 0, 0);
INSERT INTO movement VALUES (36, 21, 3, 1753398146929000, 2, 0, 0, 0, 2, 0, 0, 0);
INSERT INTO movement VALUES (37, 21, 3, 1753398146929000, 0, 2, 0, 0, 0, 2, 0, 0);
INSERT INTO movement VALUES (4, 17, 1, 1753398029197000, 0, 0, 13, 0, 0, 0, 13, 0);
INSERT INTO movement VALUES (4, 18, 1, 1753398047584000, 8, 0, 0, 0, 8, 0, 13, 0);
INSERT INTO movement VALUES (4, 19, 1, 1753398054084000, 0, 0, 13, 0, 8, 0, 26, 0);
INSERT INTO movement VALUES (4, 21, 1, 1753398115436000, 13, 0, -13, 0, 21, 0, 13, 0);
INSERT INTO movement VALUES (6, 15, 1, 1753398015731000, 2, 0, 0, 0, 2, 0, 0, 0);
INSERT INTO movement VALUES (6, 16, 1, 1753398029197000, 2, 0, 0, 0, 4, 0, 0, 0);
INSERT INTO movement VALUES (6, 20, 1, 1753398054771000, 0, 2, 0, 0, 4, 2, 0, 0);
INSERT INTO movement VALUES (7, 16, 1, 1753398029197000, 0, 2, 0, 0, 0, 2, 0, 0);
INSERT INTO outcome VALUES (1, 15, 20, 'reversed');
INSERT INTO outcome VALUES (1, 19, 21, 'posted');
INSERT INTO outcome VALUES (2, 17, 19, 'voided');
INSERT INTO outcome VALUES (2, 18, 21, 'reversed');
INSERT INTO outcome VALUES (2, 24, 25, 'posted');
INSERT INTO outcome VALUES (3, 15, 16, 'voided');
INSERT INTO waiting VALUES (2, 15, 1753401601005000);
INSERT INTO waiting VALUES (2, 22, 1753401601031000);
INSERT INTO failed VALUES ('east', 'e-7-101', 3, 'unknown_event', X'0ACD021E6AA37B0BDE39417A2A1386E951BB1A244A7CE197613DEC98787F745F', 1753401600049000);
INSERT INTO failed VALUES ('east', 'e-7-109', 3, 'exceeds_limit', X'AE298CBC8C3F4A4182F33ACC5ED737196DF768301F5077D03ACF2795C6D89624', 1753401600053000);
INSERT INTO failed VALUES ('east', 'e-7-38', 3, 'exceeds_limit', X'53F15729CBD5FACCFC1F84F2FD6EF7A0C45CDF1F5E3079D6118114B281F929FA', 1753401600018000);
INSERT INTO failed VALUES ('east', 'e-7-41', 3, 'exceeds_limit', X'9949E8BBDDFB2353ED8885B6BD9B02449D4D654DCDA2D2EA8C1A4AE4F0A3CB16', 1753401600019000);
INSERT INTO failed VALUES ('east', 'e-7-50', 3, 'exceeds_limit', X'A2AD3C69873211D8762F713579ABD525A1DF66BF61C88D0846A9D1827EA242C6', 1753401600023000);
INSERT INTO failed VALUES ('east', 'e-7-61', 3, 'exceeds_limit', X'D186CC87BEB0F6CD84EE3FF6B306FDAEE0DF724EA42AF2F4ABF8F24D24CE3DE8', 1753401600030000);
INSERT INTO failed VALUES ('east', 'e-7-93', 3, 'exceeds_limit', X'4812972CD7A11DB1E9CC6610F443C936B5627CCCD02B822561A8C127E577E53C', 1753401600045000);
INSERT INTO failed VALUES ('north', 'e-7-1', 1, 'exceeds_limit', X'391DA8D7A3277C040A8462EED725DC3B3DC80F1B7F195085673F7ED1FB2E08C2', 1753401600004000);
INSERT INTO failed VALUES ('north', 'e-7-105', 1, 'exceeds_limit', X'1D0D87A0EF8F9E6109F73180096FA14FAC004C9ABE3C682A3484EEE3556D9737', 1753401600051000);
INSERT INTO failed VALUES ('north', 'e-7-124', 1, 'exceeds_limit', X'C48F6F697B16733484DA957E5CFFE3BA2BA3B21B29465981F2F3B971EFC39394', 1753401600059000);
INSERT INTO failed VALUES ('north', 'e-7-27', 1, 'account_not_closed', X'9C8287AC25B56F2FD1BB6F45604D5B1A1E059366344DAD442770CB25D0E1D63C', 1753401600014000);
INSERT INTO failed VALUES ('north', 'e-7-35', 1, 'exceeds_limit', X'988AC5E7F8DF99DD273259BBDBA1A38889CDF94C6AF1E3589420600BF26A5BE0', 1753401600017000);
INSERT INTO failed VALUES ('north', 'e-7-65', 1, 'future_effect', X'056A39132AEB7CDF12F8F63513E6659DB6090298A2C2C7FA9E8A5B15AF816F1F', 1753401600032000);
INSERT INTO failed VALUES ('north', 'e-7-81', 1, 'exceeds_limit', X'DCD74125D591CC912359A20DC249D8206D07B1E37515DFFBDC62EA503CAE8970', 1753401600040000);
INSERT INTO failed VALUES ('south', 'e-7-21', 2, 'exceeds_limit', X'BF0F3499B5BEC90CBC75D4F5A8E6D1E30102FD2B6C70AD02EAF07D13E34D8526', 1753401600011000);
INSERT INTO failed VALUES ('south', 'e-7-79', 2, 'exceeds_limit', X'3DEFA19832FF9729E409AD85013BB18350B644A8889C05E6CAFCD5DBC2C4DD8F', 1753401600039000);
INSERT INTO failed VALUES ('south', 'e-7-85', 2, 'exceeds_limit', X'7B5BA1FA1818945B2EF093A1A2ED4818673C35E6D624A8C01806916EFEDF4183', 1753401600042000);
INSERT INTO failed VALUES ('south', 'e-7-87', 2, 'exceeds_limit', X'DE106F61CF323E593D80AC9441A9CBA985B008FEA6983F0F325F9E996FE664D1', 1753401600043000);
INSERT INTO failed VALUES ('south', 'e-7-91', 2, 'unknown_event', X'20B85A56FB6935E4CBD5DDB3F6DB8B38A0169B37A72DF8AFFE779F318895A024', 1753401600044000);
CREATE UNIQUE INDEX event_id ON event (organisation, id);
CREATE UNIQUE INDEX event_recorded ON event (book, recorded_at);
CREATE INDEX movement_effective ON movement
    (account, effective_at, sequence, debits_posted, credits_posted, debits_pending, credits_pending);
CREATE INDEX clearing_cleared ON clearing (book, cleared, account, amount);
CREATE INDEX waiting_due ON waiting (due_at);
CREATE TRIGGER migration_stays BEFORE UPDATE ON migration BEGIN
    SELECT RAISE(ABORT, 'migration is append-only');
END;
CREATE TRIGGER book_stays BEFORE UPDATE ON book BEGIN
    SELECT RAISE(ABORT, 'book is append-only');
END;
CREATE TRIGGER member_stays BEFORE UPDATE ON member BEGIN
    SELECT RAISE(ABORT, 'member is append-only');
END;
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'event is append-only');
END;
CREATE TRIGGER movement_stays BEFORE UPDATE ON movement BEGIN
    SELECT RAISE(ABORT, 'movement is append-only');
END;
CREATE TRIGGER outcome_stays BEFORE UPDATE ON outcome BEGIN
    SELECT RAISE(ABORT, 'outcome is append-only');
END;
CREATE TRIGGER clearing_stays BEFORE UPDATE ON clearing BEGIN
    SELECT RAISE(ABORT, 'clearing is append-only');
END;
CREATE TRIGGER failed_stays BEFORE UPDATE ON failed BEGIN
    SELECT RAISE(ABORT, 'failed is append-only');
END;
CREATE TRIGGER tile_stays BEFORE UPDATE ON tile BEGIN
    SELECT RAISE(ABORT, 'tile is append-only');
END;
CREATE TRIGGER blob_stays BEFORE UPDATE ON blob BEGIN
    SELECT RAISE(ABORT, 'blob is append-only');
END;
CREATE TRIGGER snapshot_stays BEFORE UPDATE ON snapshot BEGIN
    SELECT RAISE(ABORT, 'snapshot is append-only');
END;
CREATE TRIGGER migration_remains BEFORE DELETE ON migration BEGIN
    SELECT RAISE(ABORT, 'rows of migration remain');
END;
CREATE TRIGGER book_remains BEFORE DELETE ON book BEGIN
    SELECT RAISE(ABORT, 'rows of book remain');
END;
CREATE TRIGGER member_remains BEFORE DELETE ON member BEGIN
    SELECT RAISE(ABORT, 'rows of member remain');
END;
CREATE TRIGGER event_remains BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'rows of event remain');
END;
CREATE TRIGGER movement_remains BEFORE DELETE ON movement BEGIN
    SELECT RAISE(ABORT, 'rows of movement remain');
END;
CREATE TRIGGER outcome_remains BEFORE DELETE ON outcome BEGIN
    SELECT RAISE(ABORT, 'rows of outcome remain');
END;
CREATE TRIGGER clearing_remains BEFORE DELETE ON clearing BEGIN
    SELECT RAISE(ABORT, 'rows of clearing remain');
END;
CREATE TRIGGER failed_remains BEFORE DELETE ON failed BEGIN
    SELECT RAISE(ABORT, 'rows of failed remain');
END;
CREATE TRIGGER tile_remains BEFORE DELETE ON tile BEGIN
    SELECT RAISE(ABORT, 'rows of tile remain');
END;
CREATE TRIGGER blob_remains BEFORE DELETE ON blob BEGIN
    SELECT RAISE(ABORT, 'rows of blob remain');
END;
CREATE TRIGGER snapshot_remains BEFORE DELETE ON snapshot BEGIN
    SELECT RAISE(ABORT, 'rows of snapshot remain');
END;
CREATE TRIGGER turn_remains BEFORE DELETE ON turn BEGIN
    SELECT RAISE(ABORT, 'rows of turn remain');
END;
CREATE TRIGGER head_remains BEFORE DELETE ON head BEGIN
    SELECT RAISE(ABORT, 'rows of head remain');
END;
CREATE TRIGGER account_remains BEFORE DELETE ON account BEGIN
    SELECT RAISE(ABORT, 'rows of account remain');
END;
CREATE TRIGGER note_remains BEFORE DELETE ON note BEGIN
    SELECT RAISE(ABORT, 'rows of note remain');
END;
