"""Where `slipway` meets AWS: boto3 and its errors stand here and nowhere else of it."""
