#!/bin/sh
# The course's training command, to be run from the checkout: sh finetune/mrc_runner.sh
# In place must be models/kor, a pretrained model (ours or a folder of transformers), and the two files under data.
set -e
PATH="$PWD/.venv/bin:$PATH"
python -m finetune mrc \
  --model_name kor \
  --train_batch_size 6 \
  --max_seq_length 384 \
  --num_train_epochs 2.0 \
  --model_type 3 \
  --train \
  --train_file data/KorQuAD_v1.0_train.json \
  --dev_file data/KorQuAD_v1.0_dev.json
