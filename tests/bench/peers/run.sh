#!/bin/bash
# run.sh PEER [loadgen options...]     e.g. run.sh prometheus --hosts 333 --scrapes 4320 --conns 2
# Starts conf/PEER.conf on an empty temporary directory, loads it, queries it, stops it, prints and keeps one JSON.
set -u
HERE=$(cd "$(dirname "$0")" && pwd); PEER=$1; shift
PORT=${PORT:-19191}; DIR=$(mktemp -d -t bench-$PEER-XXXX); OUT=${OUT:-$PWD/build/bench/$PEER-$(date +%m%d-%H%M%S).json}
mkdir -p "$PWD/build/bench"
final_merge() { :; }
. "$HERE/conf/$PEER.conf"
LG=${LOADGEN:-build/bench/loadgen}
[ "$LG" -nt "$HERE/loadgen.cpp" ] || g++ -O2 -std=c++20 "$HERE/loadgen.cpp" -o "$LG" -lsnappy -lpthread || exit 1
mkdir -p "$DIR/$DATA"
( start ) >"$DIR/log" 2>&1 & PID=$!
trap 'kill $PID 2>/dev/null; rm -rf "$DIR"' EXIT
for i in $(seq 100); do curl -sf "http://127.0.0.1:$PORT$READY" >/dev/null && break; sleep 0.1; done
cpu() { awk -v hz=$(getconf CLK_TCK) '{sub(/.*\) /,""); print ($12+$13)/hz}' /proc/$PID/stat; }
rss() { awk '/VmHWM/{printf "%.0f\n",$2/1024}' /proc/$PID/status; }
size() { du -sb --apparent-size ${EXCLUDE:+--exclude="$EXCLUDE"} "$DIR/$DATA" | cut -f1; }
disk() { du -sB1 ${EXCLUDE:+--exclude="$EXCLUDE"} "$DIR/$DATA" | cut -f1; }
wr() { awk '/^write_bytes/{print $2}' /proc/$PID/io; }

C0=$(cpu); L=$("$LG" --port $PORT --path "$WRITE" "$@" 2>"$DIR/lg.err"); cat "$DIR/lg.err" >&2
C1=$(cpu); R1=$(rss); flush >/dev/null
sleep $SETTLE; C2=$(cpu); S1=$(size); D1=$(disk); W=$(wr)
BLK=$(find "$DIR/$DATA" -maxdepth 2 -name meta.json -exec python3 -c 'import json,sys
n=b=0
import os
for f in sys.argv[1:]:
    m=json.load(open(f)); n+=m["stats"].get("numSamples",0); b+=sum(os.path.getsize(os.path.join(r,x)) for r,_,fs in os.walk(os.path.dirname(f)) for x in fs)
print(json.dumps({"blocks":len(sys.argv)-1,"samples":n,"bytes":b,"bytes_per_sample":round(b/n,3) if n else None}))' {} + 2>/dev/null)
read ST EN < <(python3 -c 'import json,sys; d=json.loads(sys.argv[1]); print(d["start"],d["end"])' "$L")
Q=$(python3 "$HERE/query.py" "http://127.0.0.1:$PORT$API" $ST $EN "$EXTRA"); R2=$(rss)
final_merge >/dev/null; C3=$(cpu)
S2=$(size)
kill $PID; wait $PID 2>/dev/null
S3=$(size)
python3 - "$PEER" "$L" "$Q" "${BLK:-null}" $C0 $C1 $C2 $R1 $R2 $S1 $D1 $S2 $S3 $W <<'PY' | tee "$OUT"
import json, sys
peer, load, q, blk = sys.argv[1], *map(json.loads, sys.argv[2:5])
c0, c1, c2, r1, r2, s1, d1, s2, s3, w = map(float, sys.argv[5:])
n = load['samples'] or 1
print(json.dumps({'peer': peer, 'load': load,
  'cpu_s_per_million_samples': {'at_end_of_load': round((c1-c0)/n*1e6, 3), 'after_settle': round((c2-c0)/n*1e6, 3)},
  'samples_per_cpu_s': round(n/(c1-c0)),
  'peak_rss_mb': {'after_load': r1, 'after_queries': r2},
  'bytes_per_sample': {'after_settle': round(s1/n, 3), 'allocated': round(d1/n, 3), 'after_final_merge': round(s2/n, 3), 'after_shutdown': round(s3/n, 3)},
  'write_bytes_per_sample': round(w/n, 2), 'blocks': blk, 'queries_ms': q}, indent=1))
PY
