"""The machine image, here: runs the component documents of Image Builder in a fresh root and starts what is in it.

It stands in for the service's own agent and for an instance, not for the service: builds on AWS are started with
`slipway image build`.
"""
