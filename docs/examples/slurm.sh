#!/bin/bash
# A sweep as a Slurm array: each task measures one shard on a node of its own.
#
#   job=$(sbatch --parsable slurm.sh)
#   sbatch --dependency="afterany:$job" --wrap="mlat merge shards-$job/* --output merged-$job"
#
# The array may be any range without a step; the number of shards follows from it. For one kind of
# node, without which cells cannot be compared, name a feature or a partition of your cluster.
#SBATCH --job-name=mlat
#SBATCH --array=1-4
#SBATCH --constraint=your-kind-of-node
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --exclusive
#SBATCH --time=02:00:00
set -euo pipefail

shard=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))
exec mlat bench scenario.yaml --shard "$shard/$SLURM_ARRAY_TASK_COUNT" --output "shards-$SLURM_ARRAY_JOB_ID/$shard"
