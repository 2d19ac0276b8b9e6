# The rule of reform 30 for serious listings as SQL over DuckDB, one thread, all entries; what it finds goes to stdout as JSON.
import json
import sys
import time

import duckdb

day, rounds = sys.argv[1], int(sys.argv[2])
db = duckdb.connect(config={"threads": 1})
db.execute(
    """CREATE TABLE entry AS SELECT * FROM read_csv('/dev/stdin', header=false, columns={
        'id': 'BIGINT', 'owner': 'BIGINT', 'province': 'TINYINT', 'item': 'TINYINT', 'listed': 'DATE', 'duties': 'DATE',
        'harm': 'DATE', 'until': 'DATE', 'heavier': 'TINYINT'})"""
)
# Version, province, first day, first day of the next, years to the automatic end, whether a further case starts them again.
db.execute(
    """CREATE TABLE version AS SELECT * FROM (VALUES
        ('v2016', false, DATE '2016-04-01', DATE '2020-06-28', 5, true), ('v2020', false, DATE '2020-06-28', DATE '2021-09-01', 5, true),
        ('v2021', false, DATE '2021-09-01', DATE '2026-04-01', 3, false), ('v2026', false, DATE '2026-04-01', NULL, 3, false),
        ('v2016', true, DATE '2016-04-01', DATE '2020-08-16', 5, true), ('v2020', true, DATE '2020-08-16', DATE '2021-09-01', 5, true),
        ('v2021', true, DATE '2021-09-01', DATE '2026-04-01', 3, false), ('v2026', true, DATE '2026-04-01', NULL, 3, false)
    ) AS t(version, guangdong, begins, next, years, clean)"""
)
query = f"""
WITH known AS (
    SELECT *,
        CASE WHEN max(listed) OVER o > listed THEN max(listed) OVER o END AS further,
        max(CASE WHEN heavier = 1 THEN listed END) OVER o > listed AS spoilt
    FROM entry WINDOW o AS (PARTITION BY owner)
), day AS (
    SELECT id, v.next, v.begins, k.listed,
        greatest(
            k.listed + to_years(v.years) + INTERVAL 1 DAY, k.until + INTERVAL 1 DAY,
            CASE WHEN v.clean THEN k.further + to_years(v.years) + INTERVAL 1 DAY END, v.begins) AS ends,
        CASE v.version
            WHEN 'v2016' THEN CASE WHEN k.item = 1 AND k.duties IS NOT NULL THEN greatest(k.listed, k.duties, v.begins) END
            WHEN 'v2020' THEN greatest(
                k.listed + INTERVAL 3 YEAR + INTERVAL 1 DAY, k.further + INTERVAL 3 YEAR + INTERVAL 1 DAY, v.begins)
            WHEN 'v2021' THEN CASE WHEN k.duties IS NOT NULL AND k.harm IS NOT NULL AND NOT coalesce(k.spoilt, false) THEN greatest(
                k.listed + INTERVAL 1 YEAR + INTERVAL 1 DAY, k.duties, k.harm, k.until + INTERVAL 1 DAY, v.begins) END
            ELSE CASE WHEN k.duties IS NOT NULL THEN greatest(k.listed + INTERVAL 1 YEAR + INTERVAL 1 DAY, k.duties, v.begins) END
        END AS opens
    FROM known k JOIN version v ON v.guangdong = (k.province = 44) AND (v.next IS NULL OR v.next > k.listed)
), ahead AS (
    SELECT id,
        min(CASE WHEN next IS NULL OR ends < next THEN ends END) AS ends,
        min(CASE WHEN next IS NULL OR opens < next THEN opens END) AS opens
    FROM day GROUP BY id
)
SELECT count(*) FILTER (ends = DATE '{day}'), count(*) FILTER (opens = DATE '{day}' AND (ends IS NULL OR opens < ends)) FROM ahead
"""
best, found = None, None
for _ in range(rounds):
    begun = time.perf_counter()
    found = db.execute(query).fetchone()
    took = time.perf_counter() - begun
    best = took if best is None else min(best, took)
print(json.dumps({"us": int(best * 1_000_000), "ends": found[0], "eligible": found[1]}))
