#!/bin/sh
# A sweep as a Slurm array: each task works on one job of it.
#
#     ./satrun sweep make ... --out runs/split
#     sbatch --array=1-8 scripts/sweep_slurm.sh runs/split
#
# The numbers are those of DIR/index.tsv.  Five minutes before its time is up a
# task is told to stop; it saves, and is queued again to go on from there.
# `satrun sweep status DIR` tells how all of them stand.
#
# Without Slurm the same is, with GNU parallel and two jobs at once:
#
#     tail -n +2 runs/split/index.tsv | cut -f 1 |
#         parallel -j 2 ./satrun sweep run runs/split --threads 4 --job {}
#
#SBATCH --job-name=satrun
#SBATCH --cpus-per-task=4
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
set -eu
case ${1:---help} in
--help | -h)
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

${SATRUN:-./satrun} sweep run "$1" --job "$SLURM_ARRAY_TASK_ID" \
    --threads "${SLURM_CPUS_PER_TASK:-0}" &
pid=$!
trap 'kill -TERM "$pid"' TERM INT
code=0
wait "$pid" || code=$?
while kill -0 "$pid" 2>/dev/null; do # a signal has cut the waiting short
    code=0
    wait "$pid" || code=$?
done

if [ "$code" -eq 75 ]; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
