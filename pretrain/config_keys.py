"""What each key of a model's configuration means, a line in Korean each: BERT's own, transformers', ModernBERT's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULTS: Mapping[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,  # Google's code says 16, but all of its files, and transformers, say 2
    "initializer_range": 0.02,
    "layer_norm_eps": 1e-12,
}
"""What a BERT is of which nobody says otherwise: BERT-base."""

EXPLANATIONS: Mapping[str, str] = {
    "vocab_size": "어휘 크기 V: 토크나이저가 아는 조각의 수. vocab.txt의 줄 수와 같아야 한다",
    "hidden_size": "은닉 크기 H: 토큰 하나를 나타내는 벡터의 길이 (슬라이드의 'hidden size of FFN'이 아니다)",
    "num_hidden_layers": "층 수 L: 어텐션과 전방향망(FFN) 한 벌을 몇 번 쌓는가",
    "num_attention_heads": "헤드 수 A: 한 층에서 서로 다른 눈 몇 개로 보는가. H를 A로 나눈 것이 한 헤드의 너비",
    "intermediate_size": "전방향망(FFN)의 안쪽 너비 F: H에서 F로 넓혔다가 H로 돌아온다. 보통 4H",
    "max_position_embeddings": "최대 길이 P: 한 번에 읽는 토큰의 한계. 자리마다 벡터 하나를 배운다 (BERT)",
    "type_vocab_size": "구간(문장 A와 B)의 수: 언제나 2",
    "hidden_act": "전방향망의 활성 함수: gelu는 0 둘레가 매끄러운 relu",
    "hidden_dropout_prob": "드롭아웃: 학습할 때 은닉 벡터의 값을 0으로 만드는 비율",
    "attention_probs_dropout_prob": "어텐션 드롭아웃: 학습할 때 보는 자리를 무작위로 빼는 비율",
    "initializer_range": "첫 가중치의 표준 편차: 학습은 이만한 난수에서 시작한다",
    "layer_norm_eps": "층 정규화에서 0으로 나누지 않게 더하는 작은 수",
    "directionality": "방향: bidi는 양쪽 문맥을 함께 본다는 뜻. 읽히지 않는다",
    "pooler_type": "풀러: 첫 토큰 [CLS]의 벡터로 문장을 대표한다. 읽히지 않는다",
    "pooler_fc_size": "풀러의 너비. 구글 파일에 적혀 있으나 코드는 H를 쓴다",
    "pooler_num_attention_heads": "풀러의 헤드 수. 구글 파일에 적혀 있으나 쓰이지 않는다",
    "pooler_num_fc_layers": "풀러의 층 수. 구글 파일에 적혀 있으나 쓰이지 않는다",
    "pooler_size_per_head": "풀러의 헤드 너비. 구글 파일에 적혀 있으나 쓰이지 않는다",
    "model_type": "모델의 갈래: bert 또는 modernbert. transformers가 무엇을 만들지 고른다",
    "architectures": "transformers의 클래스 이름: 어떤 머리까지 저장되었는가",
    "transformers_version": "이 파일을 쓴 transformers의 판",
    "dtype": "가중치를 적은 수의 형식",
    "torch_dtype": "가중치를 적은 수의 형식 (옛 이름)",
    "pad_token_id": "길이를 맞추려고 채우는 [PAD]의 번호",
    "cls_token_id": "맨 앞에 놓는 [CLS]의 번호",
    "sep_token_id": "구간의 끝에 놓는 [SEP]의 번호",
    "bos_token_id": "글의 처음을 알리는 조각의 번호",
    "eos_token_id": "글의 끝을 알리는 조각의 번호",
    "position_embedding_type": "위치를 나타내는 방법: absolute는 자리마다 벡터 하나",
    "classifier_dropout": "미세 조정에서 분류기 앞의 드롭아웃. 없으면 은닉 드롭아웃과 같다",
    "tie_word_embeddings": "빈칸을 맞히는 행렬로 조각의 표를 다시 쓰는가",
    "use_cache": "글을 지을 때만 쓰인다. BERT는 쓰지 않는다",
    "is_decoder": "글을 짓는 모델인가. BERT는 아니다",
    "add_cross_attention": "다른 글을 보는 어텐션이 있는가. BERT는 없다",
    "gradient_checkpointing": "메모리를 아끼려고 앞계산을 다시 하는가. 모델의 뜻과는 무관하다",
    "id2label": "미세 조정에서 번호에 붙인 이름",
    "label2id": "미세 조정에서 이름에 붙인 번호",
    "mlp_dropout": "전방향망의 드롭아웃 비율",
    "attention_dropout": "어텐션의 드롭아웃 비율",
    "embedding_dropout": "첫 벡터의 드롭아웃 비율",
    "norm_eps": "정규화에서 0으로 나누지 않게 더하는 작은 수",
    "hidden_activation": "게이트 전방향망의 활성 함수",
    "classifier_activation": "빈칸 머리의 활성 함수",
    "norm_bias": "정규화에 편향이 있는가",
    "attention_bias": "어텐션 행렬에 편향이 있는가",
    "mlp_bias": "전방향망에 편향이 있는가",
    "classifier_bias": "빈칸 머리의 변환에 편향이 있는가",
    "decoder_bias": "빈칸을 맞힐 때 조각마다 편향이 있는가",
    "local_attention": "창: 가까이만 보는 층이 한 번에 보는 토큰의 수 (앞뒤 반씩)",
    "layer_types": "층마다 글 전체를 보는가(full), 창 안만 보는가(sliding)",
    "global_attn_every_n_layers": "몇 층마다 한 번 글 전체를 보는가",
    "rope_parameters": "회전 위치: 자리를 각도로 나타낸다. theta가 클수록 먼 자리까지 가린다",
    "global_rope_theta": "글 전체를 보는 층의 회전 위치 theta",
    "local_rope_theta": "창 안만 보는 층의 회전 위치 theta",
}
"""Key -> what it is. Keys that decide nothing are said to be so."""
